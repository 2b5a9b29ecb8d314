import type { ReportedFigures, SweepFigures } from '@spikefit/contracts';

export function figuresOf({ baseline, compressed, energy, fit }: ReportedFigures): SweepFigures {
  const { accumulates, multiplyAccumulates } = compressed.synapticOperations;
  return {
    baselineAccuracy: baseline.accuracy.value,
    accuracy: compressed.accuracy.value,
    sizeBits: compressed.size.bits,
    denseSizeBits: baseline.size.bits,
    neurons: compressed.neurons,
    synapses: compressed.synapses.nonzero,
    spikeRate: compressed.spikeRate,
    synapticOperations: accumulates + multiplyAccumulates,
    energy: Object.fromEntries(energy.map((figure) => [figure.model, figure.compressed])),
    fit: fit.verdict,
  };
}
