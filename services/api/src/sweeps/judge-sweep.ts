import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CodedError,
  type FieldError,
  type JobRequest,
  type ResolvedSpec,
  type SweepAxis,
  SweepCell,
  type SweepRequest,
} from '@spikefit/contracts';
import { cellCount, indicesOfCell, pointerInSweep, requestOfCell } from '@spikefit/sweeps';
import { schemaViolations } from '../errors/schema-violations.ts';
import { judgeRequest } from '../jobs/judge-request.ts';
import { withoutSchemaIds } from '../schemas/schema-ids.ts';
import { bodyAjv } from '../schemas/strict-ajv.ts';

export interface JudgedSweep {
  readonly axes: readonly SweepAxis[];
  /** In order of the cells. */
  readonly cells: readonly { request: JobRequest; resolved: ResolvedSpec }[];
}

/** Cells judged before others get a turn: a few milliseconds of work. */
const cellsPerTurn = 20;

const isCell = bodyAjv().compile<JobRequest>(withoutSchemaIds(SweepCell));

/**
 * Every cell as a job request, each judged like a request of its own.
 * @throws CodedError `sweep.cells-invalid` with every problem once, the cells that have it, and where in the sweep
 *   request it comes from
 */
export async function judgeCells(
  base: SweepRequest['base'],
  axes: readonly SweepAxis[],
): Promise<JudgedSweep> {
  const problems = new CellProblems(axes);
  const cells: { request: JobRequest; resolved: ResolvedSpec }[] = [];
  const count = cellCount(axes);
  for (let cell = 0; cell < count; cell += 1) {
    if (cell % cellsPerTurn === cellsPerTurn - 1) await nextTurn();
    const request: unknown = requestOfCell(base, axes, cell);
    try {
      if (!isCell(request)) throw schemaViolations(isCell.errors ?? [], 'body');
      cells.push({ request, resolved: judgeRequest(request) });
    } catch (error) {
      if (!(error instanceof CodedError) || error.definition.class !== 'user') throw error;
      problems.add(cell, error);
    }
  }
  problems.throwIfAny(count);
  return { axes, cells };
}

/** The same problem of the same place is told once, however many cells have it. */
class CellProblems {
  readonly #axes: readonly SweepAxis[];
  readonly #found = new Map<string, FieldError & { cells: number[] }>();

  constructor(axes: readonly SweepAxis[]) {
    this.#axes = axes;
  }

  add(cell: number, { detail, errors }: CodedError): void {
    const indices = indicesOfCell(this.#axes, cell);
    for (const error of errors.length === 0 ? [{ pointer: '', detail }] : errors) {
      const pointer = pointerInSweep(this.#axes, indices, error.pointer);
      const key = JSON.stringify([pointer, error.detail]);
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { pointer, detail: error.detail, cells: [cell] });
      else if (known.cells.at(-1) !== cell) known.cells.push(cell);
    }
  }

  throwIfAny(count: number): void {
    const errors = [...this.#found.values()];
    const [first] = errors;
    if (first === undefined) return;
    const bad = new Set(errors.flatMap(({ cells }) => cells)).size;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more: see errors)` : '';
    throw new CodedError(
      'sweep.cells-invalid',
      `${bad} of ${count} cells are no valid jobs; cell ${first.cells[0]}, ${first.pointer}: ${first.detail}${more}`,
      { errors },
    );
  }
}
