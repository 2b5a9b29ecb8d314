import type { SweepAxis } from '@spikefit/contracts';

/** RFC 6901. */
export const pointerOf = (path: readonly string[]): string =>
  path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

/** The path of a field that is named by a JSON pointer (it begins with "/") or by names joined with dots. */
export const pathOf = (name: string): string[] =>
  name.startsWith('/') ? name.slice(1).split('/').map(unescaped) : name.split('.');

/** Where in a sweep request the values of an axis are. */
export const pointerOfAxis = (axis: SweepAxis): string =>
  axis.fromSeeds ? '/seeds' : pointerOf(['grid', axis.name]);

/**
 * Where in the sweep request the field of a cell's job request comes from: the value of an axis, or the base.
 * @param indices of the cell's value in each axis
 * @param pointer into the job request
 */
export function pointerInSweep(
  axes: readonly SweepAxis[],
  indices: readonly number[],
  pointer: string,
): string {
  for (const [place, axis] of axes.entries()) {
    const own = pointerOf(axis.path);
    if (pointer === own || pointer.startsWith(`${own}/`)) {
      return `${pointerOfAxis(axis)}/${indices[place] ?? 0}${pointer.slice(own.length)}`;
    }
  }
  return `/base${pointer}`;
}
