import {
  countPresent,
  eventsPerRow,
  type OperationPrices,
  type RowPrices,
  type SynapseMasks,
} from '@spikefit/compression';
import {
  assertExhaustive,
  CodedError,
  isWeightLayer,
  type Network,
  type ResolvedSpec,
  type WeightLayer,
} from '@spikefit/contracts';
import { operationKinds } from '@spikefit/hardware';
import { encodeMask } from '@spikefit/interchange';
import { unitsFirst } from '@spikefit/snn';
import { connectionsPerRow, countWeights, sparseSizeBits, unitsOf } from '@spikefit/specification';
import { evaluate } from '../evaluate.ts';
import { InputEvents } from '../input-events.ts';
import type { Session } from '../session.ts';
import { withNetwork } from './calibration.ts';
import { type CostKind, operationPrices } from './costs.ts';

const weightLayers = (network: Network): WeightLayer[] => network.layers.filter(isWeightLayer);

/** By weight layer. */
export const layerUnits = (network: Network): Record<string, number> =>
  Object.fromEntries(weightLayers(network).map((layer) => [layer.id, unitsOf(layer)]));

/** What one weight of each row costs; `synops` and `energy` are measured on `samples`. */
export async function pricesOfKind(
  session: Session,
  kind: CostKind,
  samples: Int32Array,
): Promise<RowPrices> {
  const layers = weightLayers(session.network);
  switch (kind) {
    case 'units':
    case 'size':
      return byLayer(layers, (layer) => new Float64Array(countWeights(layer) / unitsOf(layer)).fill(1));
    case 'synapses':
      return byLayer(layers, connectionsPerRow);
    case 'synops':
    case 'energy':
      return await measuredPrices(session, samples, operationPrices(kind));
    case 'neurons':
      throw new CodedError('internal.error', 'no synapse saves a neuron');
    default:
      return assertExhaustive(kind);
  }
}

const byLayer = (layers: readonly WeightLayer[], of: (layer: WeightLayer) => ArrayLike<number>): RowPrices =>
  Object.fromEntries(layers.map((layer) => [layer.id, of(layer)]));

/** Operations of an image through a weight: every one of a layer that reads the image, else as many as events. */
async function measuredPrices(
  session: Session,
  samples: Int32Array,
  prices: OperationPrices,
): Promise<RowPrices> {
  const { network, spec, ports } = session;
  const events = new InputEvents(network);
  await withNetwork(session, (parameters, hook) =>
    evaluate({
      network,
      parameters,
      split: ports.dataset.train,
      indices: samples,
      seed: spec.seed,
      observe: events,
      breathe: ports.breathe,
      ...hook,
    }),
  );
  const kinds = new Map(operationKinds(network).map((one) => [one.layerId, one]));
  return byLayer(weightLayers(network), (layer) => {
    const { kind, input } = kinds.get(layer.id)!;
    const price = kind === 'accumulate' ? prices.accumulate : prices.multiplyAccumulate;
    if (input === 'image') return connectionsPerRow(layer).map((connections) => connections * price);
    return eventsPerRow(layer, events.sums[layer.id]!).map((sum) => (sum / events.images) * price);
  });
}

/** Bits of the artifact with these synapses, masks encoded as they will be. */
export function sizeLeft({ network, quantization }: ResolvedSpec, masks: SynapseMasks): number {
  const units = layerUnits(network);
  return sparseSizeBits(
    network,
    quantization,
    Object.fromEntries(
      Object.entries(masks).map(([id, mask]) => {
        const ordered = unitsFirst(mask, units[id]!, new Uint8Array(mask.length));
        const { bytes } = encodeMask(ordered, mask.length / units[id]!);
        return [id, { kept: countPresent(mask), maskBits: bytes.length * 8 }];
      }),
    ),
  );
}
