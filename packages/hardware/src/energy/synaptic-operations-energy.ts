import type { EnergyFigure } from '@spikefit/contracts';
import type { SynapticOperations } from './count-operations.ts';

/** Horowitz 2014, 45 nm: a MAC is one multiplication and one addition, an AC one addition. */
export const horowitzPicojoules = {
  fp32: { multiplyAccumulate: 4.6, accumulate: 0.9 },
  fp16: { multiplyAccumulate: 1.5, accumulate: 0.4 },
  int8: { multiplyAccumulate: 0.23, accumulate: 0.03 },
} as const;
export type NumberFormat = keyof typeof horowitzPicojoules;

const joulesPerPicojoule = 1e-12;

/**
 * The SynOps proxy: E = E_MAC · N_MAC + E_AC · N_AC, per image, with one number format for both networks. An estimate
 * of arithmetic alone: it says which network does less of it, not what a chip draws.
 */
export function synapticOperationsEnergy({
  baseline,
  compressed,
  format = 'fp32',
}: {
  baseline: SynapticOperations;
  compressed: SynapticOperations;
  format?: NumberFormat;
}): EnergyFigure {
  const { multiplyAccumulate, accumulate } = horowitzPicojoules[format];
  const energyOf = (operations: SynapticOperations) =>
    (multiplyAccumulate * operations.multiplyAccumulates + accumulate * operations.accumulates) *
    joulesPerPicojoule;
  return {
    model: format === 'fp32' ? 'synaptic-operations-proxy' : `synaptic-operations-proxy, ${format}`,
    unit: 'joule per image',
    baseline: energyOf(baseline),
    compressed: energyOf(compressed),
    constants: { multiplyAccumulatePicojoules: multiplyAccumulate, accumulatePicojoules: accumulate },
    assumptions: [
      `One number format, ${format}, for both networks: fewer bits of the compressed weights are not counted here.`,
      ...(format === 'int8'
        ? [
            'Codes of weights, pixels and outputs of an ANN twin have at most 8 bits; sums are wider, on either side, and no source is used for narrower operands.',
          ]
        : []),
      'An operation is one event through one existing (non-zero) synapse; synapses into the padding do not exist.',
      'The analogue first layer of direct encoding is computed once per image and reused at all time steps.',
      'Arithmetic only: no memory, no neuron updates, no routing, no leakage. An estimate, not a measurement.',
    ],
    source: 'Horowitz 2014, Computing’s Energy Problem (and what we can do about it), ISSCC: 45 nm, 0.9 V',
  };
}
