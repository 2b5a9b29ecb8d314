import { BenchError } from '../../command/bench-error.ts';
import type { AnyResult, Cell, Drafts, FinishedCell, ResultContext } from '../result-definition.ts';
import type { CellStore } from './cell-store.ts';

export interface RunCellsOptions {
  readonly definition: AnyResult;
  readonly cells: readonly Cell<unknown>[];
  readonly store: CellStore;
  readonly context: ResultContext;
  /** Runs cells that are there already once more. */
  readonly fresh: boolean;
}

/**
 * Runs the cells that are not there yet and keeps each as it ends. Answers those that are there in the end, in their order,
 * and what went wrong with the others.
 */
export async function runCells({ definition, cells, store, context, fresh }: RunCellsOptions): Promise<{
  finished: FinishedCell<unknown, unknown>[];
  failure: BenchError | undefined;
}> {
  const missing = cells.filter((cell) => fresh || store.find(cell) === undefined);
  if (missing.length < cells.length)
    context.print(`${cells.length - missing.length} of ${cells.length} cells are there already`);
  const started = performance.now();
  let done = 0;
  let failure: BenchError | undefined;
  if (missing.length > 0) {
    if (fresh) for (const cell of missing) await store.dropDraft(cell);
    const keep = async (cell: Cell<unknown>, outcome: unknown, seconds: number): Promise<void> => {
      await store.keep({ ...cell, outcome, seconds });
      done += 1;
      const elapsed = (performance.now() - started) / 1000;
      context.print(progressLine({ label: cell.label, seconds, done, of: missing.length, elapsed }));
    };
    const drafts: Drafts = {
      read: (cell) => store.readDraft(cell),
      write: (cell, draft) => store.writeDraft(cell, draft),
    };
    try {
      await definition.run(missing, context, keep, drafts);
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      failure = error;
    }
  }
  return { finished: findAll(cells, store), failure };
}

/** The cells that are there. */
export const findAll = (
  cells: readonly Cell<unknown>[],
  store: CellStore,
): FinishedCell<unknown, unknown>[] =>
  cells.map((cell) => store.find<unknown, unknown>(cell)).filter((cell) => cell !== undefined);

export interface Progress {
  /** Of the cell that has just ended. */
  readonly label: string;
  readonly seconds: number;
  readonly done: number;
  readonly of: number;
  /** Seconds on the clock since the first began; cells may run side by side. */
  readonly elapsed: number;
}

export function progressLine({ label, seconds, done, of, elapsed }: Progress): string {
  const eta = done === of ? '' : `, about ${minutes(((of - done) * elapsed) / done)} to go`;
  return `${done}/${of}  ${label}  ${minutes(seconds)}${eta}`;
}

const minutes = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
