import { type Fit, type FitLimit, type Limit, limitKind } from '@spikefit/contracts';

export type Verdict = FitLimit['verdict'];

/** How much is needed: as counted, and at the very least (where weights may still turn out to be zero). */
export interface Need {
  readonly counted: number;
  readonly certain: number;
}

export const exactly = (counted: number): Need => ({ counted, certain: counted });

export const zerosNote =
  'Weights of value zero are no connections, and how many there will be is not known before the export: with enough of them it fits.';

/** A limit of the whole chip, or of one neuron: where what is required is known, it fits or does not. */
export function exactLimit(
  name: string,
  { counted, certain }: Need,
  limit: Limit,
  explanation: string,
): FitLimit {
  return judge(name, counted, limit, explanation, (available) =>
    counted <= available
      ? ['fits', '']
      : certain > available
        ? ['does-not-fit', '']
        : ['cannot-tell', zerosNote],
  );
}

/** What is known of one core's share, whatever the placement. */
export interface CoreNeeds {
  /** The least that some core must hold. */
  readonly least: Need;
  /** What one core holds that holds the whole network. */
  readonly all: Need;
  /**
   * The most that any core can be made to hold, where there is such a number. A placement gives every neuron to one
   * core, so of what is counted once per neuron or connection no core holds more than the network has; it is no bound
   * for what a placement may need several times, as axons or the words of a memory.
   */
  readonly most?: number;
}

/**
 * A limit of one core. How much a core must hold depends on the placement, which is not known: what is known is the
 * least that some core holds, and of some things the most that any core can hold. If the least is too much, nothing
 * fits; if the most is within the limit, no placement whatever breaks it, and it fits; else it cannot be told, unless
 * there is one core only.
 */
export function perCoreLimit(
  name: string,
  { least, all, most = Number.POSITIVE_INFINITY }: CoreNeeds,
  limit: Limit,
  cores: number | null,
  explanation: string,
): FitLimit {
  if (cores === 1) return exactLimit(name, all, limit, explanation);
  if (limit.value !== null && most <= limit.value) {
    const note = 'This is the whole network: no placement gives a core more.';
    return judge(name, most, limit, explanation, () => ['fits', note]);
  }
  return judge(name, least.counted, limit, explanation, (available) =>
    least.certain > available
      ? ['does-not-fit', 'The least that some core must hold is too much.']
      : least.counted > available
        ? ['cannot-tell', zerosNote]
        : [
            'cannot-tell',
            'This is the least that some core must hold; how much more depends on the placement.',
          ],
  );
}

/** A limit that does not exist is fitted by everything, and of one that no source gives nothing can be told. */
function judge(
  name: string,
  required: number,
  limit: Limit,
  explanation: string,
  compare: (available: number) => [verdict: Verdict, note: string],
): FitLimit {
  const kind = limitKind(limit);
  const [verdict, note]: [Verdict, string] =
    limit.value !== null
      ? compare(limit.value)
      : kind === 'none'
        ? ['fits', 'There is no such limit.']
        : ['cannot-tell', 'No source gives a limit.'];
  return {
    name,
    required,
    available: limit.value,
    kind,
    verdict,
    explanation: note === '' ? explanation : `${explanation} ${note}`,
    source: limit.source,
  };
}

/**
 * A limit of the whole chip: as stated, else that of all cores. Without a limit per core, or of the number of cores,
 * the chip has none either.
 */
export function wholeChip(stated: Limit, cores: Limit, perCore: Limit): Limit {
  if (limitKind(stated) !== 'unknown') return stated;
  if (cores.value !== null && perCore.value !== null)
    return { value: cores.value * perCore.value, source: perCore.source };
  const endless = [perCore, cores].find((limit) => limitKind(limit) === 'none');
  return endless ?? stated;
}

/** Does not fit if any limit does not; cannot be told if any cannot. */
export function overallVerdict(limits: readonly FitLimit[]): Fit['verdict'] {
  if (limits.some(({ verdict }) => verdict === 'does-not-fit')) return 'does-not-fit';
  return limits.some(({ verdict }) => verdict === 'cannot-tell') ? 'cannot-tell' : 'fits';
}
