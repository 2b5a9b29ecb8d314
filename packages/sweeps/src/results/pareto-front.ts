export interface Candidate {
  /** The more the better. */
  readonly gain: number;
  /** The less the better. */
  readonly cost: number;
}

/**
 * Indices of the candidates that no other dominates, cheapest first. One dominates another when it gains at least as
 * much for at most the cost, and is better in one of the two; of equals all stay.
 */
export function paretoFront(candidates: readonly Candidate[]): number[] {
  const order = candidates
    .map((candidate, index) => ({ ...candidate, index }))
    .sort((one, other) => one.cost - other.cost || other.gain - one.gain || one.index - other.index);
  const front: number[] = [];
  let best = { gain: Number.NEGATIVE_INFINITY, cost: Number.NaN };
  for (const { gain, cost, index } of order) {
    if (gain > best.gain || (gain === best.gain && cost === best.cost)) {
      front.push(index);
      best = { gain, cost };
    }
  }
  return front;
}
