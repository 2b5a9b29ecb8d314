import type { Fit, FitLimit } from '@spikefit/contracts';

export type Verdict = FitLimit['verdict'];

/** A number with its source, as a target carries it. */
interface SourcedNumber {
  readonly value: number | null;
  readonly source: string;
}

/** A limit of the whole chip, or of one neuron: what is required is known, so it fits or does not. */
export function exactLimit(
  name: string,
  required: number,
  limit: SourcedNumber,
  explanation: string,
): FitLimit {
  return {
    name,
    required,
    available: limit.value,
    verdict: limit.value === null ? 'cannot-tell' : required <= limit.value ? 'fits' : 'does-not-fit',
    explanation: limit.value === null ? `${explanation} No source gives a limit.` : explanation,
    source: limit.source,
  };
}

/**
 * A limit of one core. How much a core must hold depends on the placement, which is not known: what is known is the
 * least that some core holds. If that is too much, nothing fits; else it cannot be told, unless all is in one core.
 */
export function perCoreLimit(
  name: string,
  { least, all }: { least: number; all: number },
  limit: SourcedNumber,
  cores: number | null,
  explanation: string,
): FitLimit {
  if (cores === 1) return exactLimit(name, all, limit, explanation);
  const verdict = limit.value !== null && least > limit.value ? 'does-not-fit' : 'cannot-tell';
  const note =
    verdict === 'does-not-fit'
      ? 'The least that some core must hold is too much.'
      : limit.value === null
        ? 'No source gives a limit.'
        : 'This is the least that some core must hold; how much more depends on the placement.';
  return {
    name,
    required: least,
    available: limit.value,
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
