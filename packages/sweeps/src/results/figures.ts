import type { Report, SweepFigures } from '@spikefit/contracts';

/** What the tables of a sweep need of a report. */
export type ReportedFigures = {
  readonly baseline: Pick<Report['baseline'], 'accuracy' | 'size'>;
  readonly compressed: Pick<Report['compressed'], 'accuracy' | 'size' | 'synapticOperations'>;
  readonly energy: readonly Pick<Report['energy'][number], 'model' | 'compressed'>[];
};

export function figuresOf({ baseline, compressed, energy }: ReportedFigures): SweepFigures {
  const { accumulates, multiplyAccumulates } = compressed.synapticOperations;
  return {
    baselineAccuracy: baseline.accuracy.value,
    accuracy: compressed.accuracy.value,
    sizeBits: compressed.size.bits,
    denseSizeBits: baseline.size.bits,
    synapticOperations: accumulates + multiplyAccumulates,
    energy: Object.fromEntries(energy.map((figure) => [figure.model, figure.compressed])),
  };
}
