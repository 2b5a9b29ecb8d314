/** Cells are numbered from 0 as the digits of a number in mixed radix: the last axis changes fastest. */
import type { SweepAxis } from '@spikefit/contracts';

/** Infinity is possible, and more than any limit. */
export const cellCount = (axes: readonly SweepAxis[]): number =>
  axes.reduce((product, axis) => product * axis.values.length, 1);

/** Which value of each axis the cell has. */
export function indicesOfCell(axes: readonly SweepAxis[], cell: number): number[] {
  const indices: number[] = [];
  let rest = cell;
  for (const { values } of [...axes].reverse()) {
    indices.unshift(rest % values.length);
    rest = Math.floor(rest / values.length);
  }
  return indices;
}

/** Name of each axis → its value in the cell. */
export function valuesOfCell(axes: readonly SweepAxis[], cell: number): Record<string, unknown> {
  const indices = indicesOfCell(axes, cell);
  return Object.fromEntries(axes.map(({ name, values }, place) => [name, values[indices[place] ?? 0]]));
}

/** The base with the cell's values in it, not yet judged. Fields in between that are not there, or no objects, become objects. */
export function requestOfCell(
  base: Readonly<Record<string, unknown>>,
  axes: readonly SweepAxis[],
  cell: number,
): Record<string, unknown> {
  const request = structuredClone(base);
  const indices = indicesOfCell(axes, cell);
  for (const [place, { path, values }] of axes.entries()) {
    setAt(request, path, structuredClone(values[indices[place] ?? 0]));
  }
  return request;
}

/** Paths hold only names that a job request has, so no name here is special to JavaScript. */
function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const name of path.slice(0, -1)) {
    const inner = at[name];
    if (!isRecord(inner)) at[name] = {};
    at = at[name] as Record<string, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
