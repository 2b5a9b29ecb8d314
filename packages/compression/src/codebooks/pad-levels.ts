import { smallestDelta } from './code-range.ts';

/** Fewer different weights than levels: further levels in the widest gaps, which no weight uses. */
export function padLevels(centers: number[], levels: number): number[] {
  if (centers.length === 0) centers.push(0);
  while (centers.length < levels) {
    if (centers.length === 1) {
      centers.push(centers[0]! + Math.max(Math.abs(centers[0]!), smallestDelta));
      continue;
    }
    let widest = 0;
    for (let k = 1; k + 1 < centers.length; k++) {
      if (centers[k + 1]! - centers[k]! > centers[widest + 1]! - centers[widest]!) widest = k;
    }
    centers.splice(widest + 1, 0, (centers[widest]! + centers[widest + 1]!) / 2);
  }
  return centers;
}
