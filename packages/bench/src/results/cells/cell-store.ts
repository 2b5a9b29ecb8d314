import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson } from '@spikefit/specification';
import type { Cell, FinishedCell } from '../result-definition.ts';

/**
 * The name of a cell: the first 64 bits of the SHA-256 of its spec, whatever order its fields have. What a job is called and
 * its metadata change nothing of what it computes, so that a job that several results ask for is one cell.
 */
export function cellKey(spec: unknown): string {
  const { name: _name, metadata: _metadata, ...computed } = Object(spec) as Record<string, unknown>;
  return createHash('sha256').update(canonicalJson(computed)).digest('hex').slice(0, 16);
}

interface KeptCell {
  readonly file: string;
  readonly outcome: unknown;
  readonly seconds: number;
}

/**
 * Finished cells, a file for each, so that an interrupted command goes on where it ended. Cells are known by the spec that
 * their file holds, whatever the file is called.
 */
export class CellStore {
  readonly #folder: string;
  readonly #kept: Map<string, KeptCell>;

  private constructor(folder: string, kept: Map<string, KeptCell>) {
    this.#folder = folder;
    this.#kept = kept;
  }

  /** New cells go to `folder`; those of `others` are found, too, unless it has them itself. */
  static async open(folder: string, others: readonly string[] = []): Promise<CellStore> {
    const kept = new Map<string, KeptCell>();
    for (const one of [folder, ...others])
      for (const cell of await readCells(one)) if (!kept.has(cell.key)) kept.set(cell.key, cell);
    return new CellStore(folder, kept);
  }

  /** The cell as it was kept, under today's label and spec; undefined where it was not. */
  find<Spec, Outcome>({ spec, label }: Cell<Spec>): FinishedCell<Spec, Outcome> | undefined {
    const found = this.#kept.get(cellKey(spec));
    return found && { label, spec, outcome: found.outcome as Outcome, seconds: found.seconds };
  }

  /** Whole or not at all; where the cell is kept already, in that place. */
  async keep<Spec, Outcome>(cell: FinishedCell<Spec, Outcome>): Promise<void> {
    const key = cellKey(cell.spec);
    const before = this.#kept.get(key)?.file;
    const folder = before === undefined ? this.#folder : path.dirname(before);
    const file = path.join(folder, `${key}.json`);
    await mkdir(folder, { recursive: true });
    await writeWhole(file, `${JSON.stringify(cell, null, 2)}\n`);
    if (before !== undefined && before !== file) await rm(before, { force: true });
    await this.dropDraft(cell);
    this.#kept.set(key, { file, outcome: cell.outcome, seconds: cell.seconds });
  }

  /** What a cell that has not ended has so far; undefined where there is nothing. */
  async readDraft(cell: Cell<unknown>): Promise<unknown> {
    const file = this.#draftOf(cell);
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  }

  async writeDraft(cell: Cell<unknown>, draft: unknown): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeWhole(this.#draftOf(cell), JSON.stringify(draft));
  }

  async dropDraft(cell: Cell<unknown>): Promise<void> {
    await rm(this.#draftOf(cell), { force: true });
  }

  #draftOf({ spec }: Cell<unknown>): string {
    return path.join(this.#folder, `${cellKey(spec)}.draft`);
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

async function readCells(folder: string): Promise<(KeptCell & { readonly key: string })[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const { spec, outcome, seconds } = JSON.parse(await readFile(file, 'utf8')) as FinishedCell<
        unknown,
        unknown
      >;
      return { key: cellKey(spec), file, outcome, seconds };
    }),
  );
}
