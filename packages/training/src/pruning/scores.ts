import { normalizeScores, type ScoringInput } from '@spikefit/compression';
import type { Session } from '../session.ts';
import { calibrationBatch, calibrationBatches, withNetwork } from './calibration.ts';

/** What a scorer makes of the present network on `samples`. */
export function withScoringInput<T>(
  session: Session,
  samples: Int32Array,
  scorer: (input: ScoringInput) => Promise<T>,
  { unit, batch = calibrationBatch(session) }: { unit?: ScoringInput['unit']; batch?: number } = {},
): Promise<T> {
  const { spec, state, network } = session;
  return withNetwork(session, (parameters, weights) =>
    scorer({
      network,
      unit,
      parameters,
      batches: calibrationBatches(session, samples, batch),
      labels: spec.pruning.labels,
      seed: spec.seed,
      round: state.epoch,
      ...weights,
    }),
  );
}

/** How much everything that a scorer ranks matters to the present network on `samples`, normalised as the spec says. */
export async function scoresOf<T extends Float64Array | Float32Array>(
  session: Session,
  samples: Int32Array,
  scorer: (input: ScoringInput) => Promise<Readonly<Record<string, T>>>,
  options?: Parameters<typeof withScoringInput>[3],
): Promise<Readonly<Record<string, T>>> {
  return normalizeScores(
    await withScoringInput(session, samples, scorer, options),
    session.spec.pruning.normalization,
  );
}
