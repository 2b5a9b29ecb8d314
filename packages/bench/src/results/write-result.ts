import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { thisMachine } from '../output/machine.ts';
import { cellKey } from './cells/cell-store.ts';
import type { AnyResult, Cell, FinishedCell } from './result-definition.ts';

export interface WriteResultOptions {
  readonly name: string;
  readonly definition: AnyResult;
  readonly folder: string;
  readonly quick: boolean;
  /** All of them, finished or not. */
  readonly cells: readonly Cell<unknown>[];
  readonly finished: readonly FinishedCell<unknown, unknown>[];
}

/** Writes results.json, table.md, plot.svg and specs.json; answers the table and what results.json holds. */
export async function writeResult(options: WriteResultOptions): Promise<{ table: string; json: unknown }> {
  const { name, definition, folder, quick, cells, finished } = options;
  const { table, plot, figures } = definition.report(finished, { quick });
  const hours = finished.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  const json = {
    result: name,
    quick,
    cells: { finished: finished.length, of: cells.length },
    hours,
    machine: thisMachine(),
    figures,
  };
  const document = [
    `# ${name}${quick ? ', quick' : ''}`,
    `${definition.summary}.`,
    table,
    `${finished.length} of ${cells.length} cells, ${hours.toFixed(2)} hours on ${thisMachine().cpu}. Made by \`npm run results -- ${name}${quick ? ' --quick' : ''}\`.`,
  ].join('\n\n');
  const specs = cells.map(({ label, spec }) => ({ key: cellKey(spec), label, spec }));
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'results.json'), `${JSON.stringify(json, null, 2)}\n`);
  await writeFile(path.join(folder, 'table.md'), `${document}\n`);
  await writeFile(path.join(folder, 'plot.svg'), plot);
  await writeFile(path.join(folder, 'specs.json'), `${JSON.stringify(specs, null, 2)}\n`);
  return { table, json };
}
