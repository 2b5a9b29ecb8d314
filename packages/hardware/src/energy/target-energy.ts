import type { EnergyFigure, Network, Target } from '@spikefit/contracts';
import type { NeuronMasks } from '@spikefit/specification';
import type { SynapticOperations } from './count-operations.ts';
import { neuronUpdates } from './memory-energy.ts';

export interface TargetEnergyInput {
  readonly network: Network;
  readonly operations: SynapticOperations;
  /** Which neurons are there, where single ones were pruned. */
  readonly neurons?: NeuronMasks | undefined;
}

/**
 * What the chip's own figures give: E = E_SynOp · operations + E_update · neurons · T, per image. Null where no source gives a
 * number, and for an ANN, whose values are no spikes of the chip: unknown stays unknown.
 */
export function targetEnergy(
  target: Target,
  baseline: TargetEnergyInput,
  compressed: TargetEnergyInput,
): EnergyFigure | null {
  const { synapticOperationPicojoules: perOperation, neuronUpdatePicojoules: perUpdate } = target.energy;
  const isTwin = compressed.network.layers.some(
    (layer) => layer.kind === 'neuron' && layer.neuron === 'relu',
  );
  if (perOperation.value === null || isTwin) return null;
  const energyOf = ({ network, operations, neurons }: TargetEnergyInput): number =>
    (perOperation.value! * (operations.accumulates + operations.multiplyAccumulates) +
      (perUpdate.value ?? 0) * neuronUpdates(network, neurons)) *
    1e-12;
  return {
    model: `target ${target.id}`,
    unit: 'joule per image',
    baseline: energyOf(baseline),
    compressed: energyOf(compressed),
    constants: {
      synapticOperationPicojoules: perOperation.value,
      ...(perUpdate.value === null ? {} : { neuronUpdatePicojoules: perUpdate.value }),
    },
    assumptions: [
      'Multiply-accumulates of an analogue first layer are counted as synaptic operations of the chip.',
      perUpdate.value === null
        ? 'No source gives the energy of a neuron update: it is left out.'
        : 'Every neuron is updated at every step.',
      'An estimate from published figures of the chip, not a measurement of this network.',
    ],
    source: [perOperation.source, ...(perUpdate.value === null ? [] : [perUpdate.source])].join('; '),
  };
}
