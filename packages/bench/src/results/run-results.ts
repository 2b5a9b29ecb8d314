import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { BenchError, UsageError } from '../command/bench-error.ts';
import { parseOptions, wholeNumber } from '../command/options.ts';
import { CellStore } from './cells/cell-store.ts';
import { findAll, runCells } from './cells/run-cells.ts';
import { fscValidation, fscValidationOfCsnn } from './fsc-validation/fsc-validation.ts';
import { ablation } from './grids/ablation.ts';
import { csnn } from './grids/csnn.ts';
import { energy } from './grids/energy.ts';
import { fashionMnist } from './grids/fashion-mnist.ts';
import { fashionMnistLevels } from './grids/fashion-mnist-levels.ts';
import { size } from './grids/size.ts';
import { type AnyResult, asAnyResult, type ResultContext } from './result-definition.ts';
import { writeResult } from './write-result.ts';

/** By default: each has a training set in memory. */
const mostJobs = 4;

/** A new one is a file and a line here. */
const definitions: Readonly<Record<string, AnyResult>> = {
  'fashion-mnist': asAnyResult(fashionMnist),
  'fashion-mnist-levels': asAnyResult(fashionMnistLevels),
  csnn: asAnyResult(csnn),
  size: asAnyResult(size),
  ablation: asAnyResult(ablation),
  energy: asAnyResult(energy),
  'fsc-validation': asAnyResult(fscValidation),
  'fsc-validation-csnn': asAnyResult(fscValidationOfCsnn),
};

const help = `npm run results -- NAME [options]

${Object.entries(definitions)
  .map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`)
  .join('\n')}

Writes results.json, table.md, plot.svg and specs.json into docs/results/NAME. Every cell of a result is kept in cells/ there
as it ends: an interrupted command goes on where it was. What another result has already is not run again.

  --quick         one seed and few images, into .data/results/NAME-quick
  --out FOLDER    writes there instead
  --json FILE     writes what results.json holds there, too
  --report        runs nothing: the table and plot of the cells that are there
  --fresh         runs again what is there already
  --jobs N        of a grid, run side by side, each by a worker (default: at most ${mostJobs}, a core for each)
  --threads N     of a worker (default: the cores, divided by the jobs)
  --help          this`;

/** Jobs side by side, and threads of each. */
export interface Workers {
  readonly jobs: number;
  readonly threads: number;
}

export interface ResultsHost {
  /** The root of the checkout. */
  readonly root: string;
  /** Prepares what running needs; not called where nothing is run. */
  readonly open: (workers: Workers) => Promise<ResultContext>;
  readonly print: (line: string) => void;
}

/** Makes the result that the arguments name; resolves to the exit code. */
export async function runResults(args: readonly string[], host: ResultsHost): Promise<number> {
  try {
    const wanted = parse(args);
    if (wanted === 'help') {
      host.print(help);
      return 0;
    }
    return await makeResult(wanted, host);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message} (-- --help says what there is)\n`);
      return 2;
    }
    if (!(error instanceof BenchError)) throw error;
    process.stderr.write(`${error.message}\n${error.remedy}\n`);
    return 1;
  }
}

interface Wanted {
  readonly name: string;
  readonly definition: AnyResult;
  readonly quick: boolean;
  readonly out: string | undefined;
  readonly json: string | undefined;
  readonly report: boolean;
  readonly fresh: boolean;
  readonly workers: Workers;
}

/** @throws UsageError */
function parse([name = '--help', ...rest]: readonly string[]): Wanted | 'help' {
  if ([name, ...rest].some((word) => word === '--help' || word === '-h')) return 'help';
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (definition === undefined)
    throw new UsageError(`there is no result "${name}"; there are: ${Object.keys(definitions).join(', ')}`);
  const values = parseOptions(rest, {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    json: { type: 'string' },
    report: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    jobs: { type: 'string' },
    threads: { type: 'string' },
  });
  if (values.report && values.fresh)
    throw new UsageError('--report runs nothing, and --fresh runs all: choose one');
  const { quick, report, fresh, out, json } = values;
  const workers = workersOf(
    values.jobs === undefined ? undefined : wholeNumber('jobs', values.jobs, 1, 256),
    values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1, 256),
    availableParallelism(),
  );
  return { name, definition, quick, report, fresh, out, json, workers };
}

/** Jobs of one thread each get more out of the cores than one job of many threads: as many of them as fit. */
export function workersOf(
  wantedJobs: number | undefined,
  wantedThreads: number | undefined,
  cores: number,
): Workers {
  const jobs = wantedJobs ?? Math.max(1, Math.min(mostJobs, Math.floor(cores / (wantedThreads ?? 1))));
  return { jobs, threads: wantedThreads ?? Math.max(1, Math.floor(cores / jobs)) };
}

async function makeResult(wanted: Wanted, host: ResultsHost): Promise<number> {
  const { name, definition, quick, report, fresh, workers } = wanted;
  const all = path.join(host.root, quick ? path.join('.data', 'results') : path.join('docs', 'results'));
  const folder = wanted.out ?? path.join(all, quick ? `${name}-quick` : name);
  const store = await CellStore.open(path.join(folder, 'cells'), wanted.out ? [] : await cellsOf(all));
  const cells = definition.cells({ quick });
  const { finished, failure } = report
    ? { finished: findAll(cells, store), failure: undefined }
    : await runCells({ definition, cells, store, context: await host.open(workers), fresh });
  if (finished.length === 0)
    throw failure ?? new BenchError(`${folder} holds no cell of ${name}`, 'Run it without --report.');
  const { table, json } = await writeResult({ name, definition, folder, quick, cells, finished });
  if (wanted.json !== undefined) await writeFile(wanted.json, `${JSON.stringify(json, null, 2)}\n`);
  host.print(`\n${table}\n\nwritten to ${folder}`);
  if (failure) throw failure;
  return 0;
}

/** The folders of cells of all results: a job that two of them ask for is run once. */
async function cellsOf(results: string): Promise<string[]> {
  if (!existsSync(results)) return [];
  return (await readdir(results)).sort().map((name) => path.join(results, name, 'cells'));
}
