import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson } from '@spikefit/specification';
import type { Cell, FinishedCell } from '../result-definition.ts';

/** The name of a cell: the first 64 bits of its spec's SHA-256, whatever order its fields have. */
export const cellKey = (spec: unknown): string =>
  createHash('sha256').update(canonicalJson(spec)).digest('hex').slice(0, 16);

/** Finished cells, a file for each, so that an interrupted command goes on where it ended. */
export class CellStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The cell as it was kept; undefined where it was not. Its label is that of today. */
  async find<Spec, Outcome>({ spec, label }: Cell<Spec>): Promise<FinishedCell<Spec, Outcome> | undefined> {
    const file = this.#fileOf(spec);
    if (!existsSync(file)) return undefined;
    return {
      ...(JSON.parse(await readFile(file, 'utf8')) as FinishedCell<Spec, Outcome>),
      label,
    };
  }

  /** Whole or not at all. */
  async keep<Spec, Outcome>(cell: FinishedCell<Spec, Outcome>): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = this.#fileOf(cell.spec);
    await writeFile(`${file}.part`, `${JSON.stringify(cell, null, 2)}\n`);
    await rename(`${file}.part`, file);
  }

  #fileOf(spec: unknown): string {
    return path.join(this.#folder, `${cellKey(spec)}.json`);
  }
}
