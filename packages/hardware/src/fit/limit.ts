import type { Fit, FitLimit } from '@spikefit/contracts';

export type Verdict = FitLimit['verdict'];

/** A number with its source, as a target carries it. */
interface SourcedNumber {
  readonly value: number | null;
  readonly source: string;
}

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
  limit: SourcedNumber,
  explanation: string,
): FitLimit {
  const available = limit.value;
  const [verdict, note]: [Verdict, string] =
    available === null
      ? ['cannot-tell', ' No source gives a limit.']
      : counted <= available
        ? ['fits', '']
        : certain > available
          ? ['does-not-fit', '']
          : ['cannot-tell', ` ${zerosNote}`];
  return {
    name,
    required: counted,
    available,
    verdict,
    explanation: `${explanation}${note}`,
    source: limit.source,
  };
}

/**
 * A limit of one core. How much a core must hold depends on the placement, which is not known: what is known is the
 * least that some core holds. If that is too much, nothing fits; else it cannot be told, unless all is in one core.
 */
export function perCoreLimit(
  name: string,
  { least, all }: { least: Need; all: Need },
  limit: SourcedNumber,
  cores: number | null,
  explanation: string,
): FitLimit {
  if (cores === 1) return exactLimit(name, all, limit, explanation);
  const available = limit.value;
  const [verdict, note]: [Verdict, string] =
    available === null
      ? ['cannot-tell', 'No source gives a limit.']
      : least.certain > available
        ? ['does-not-fit', 'The least that some core must hold is too much.']
        : least.counted > available
          ? ['cannot-tell', zerosNote]
          : [
              'cannot-tell',
              'This is the least that some core must hold; how much more depends on the placement.',
            ];
  return {
    name,
    required: least.counted,
    available,
    verdict,
    explanation: `${explanation} ${note}`,
    source: limit.source,
  };
}

/** Does not fit if any limit does not; cannot be told if any cannot. */
export function overallVerdict(limits: readonly FitLimit[]): Fit['verdict'] {
  if (limits.some(({ verdict }) => verdict === 'does-not-fit')) return 'does-not-fit';
  return limits.some(({ verdict }) => verdict === 'cannot-tell') ? 'cannot-tell' : 'fits';
}
