import { type NeuronFlow, neuronFlow, neuronMasks } from '@spikefit/compression';
import { isWeightLayer, type Network } from '@spikefit/contracts';
import { operationKinds } from '@spikefit/hardware';
import { denseNeurons, layerPresence, type NeuronsLeft, networkBlocks } from '@spikefit/specification';
import { NeuronEvents } from '../neuron-events.ts';
import type { Session } from '../session.ts';
import { operationPrices } from './costs.ts';
import { observeNetwork } from './observe-network.ts';

const masksNow = ({ network, state }: Session) => neuronMasks(network, state.parameters);

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const everywhere = (shape: readonly number[]): Float64Array => new Float64Array(sizeOf(shape)).fill(1);

/** One for each connection whose two ends are there, whatever its weight. */
export function connectionFlow(session: Session): NeuronFlow {
  const { network } = session;
  const masks = masksNow(session);
  const presence = layerPresence(network, masks);
  const blocks = networkBlocks(network);
  return neuronFlow({
    network,
    masks,
    events: Object.fromEntries(
      blocks.map(({ weight }) => [weight.id, presence[weight.id]!.inputs ?? everywhere(weight.inputShape)]),
    ),
    spikes: Object.fromEntries(
      blocks.flatMap(({ neuron }) =>
        neuron === null ? [] : [[neuron.id, masks[neuron.id] ?? everywhere(neuron.outputShape)]],
      ),
    ),
    weights: null,
  });
}

/** Operations of an image, or what they cost, as measured on `samples`. */
export async function measuredFlow(
  session: Session,
  kind: 'synops' | 'energy',
  samples: Int32Array,
): Promise<NeuronFlow> {
  const { network } = session;
  const observed = new NeuronEvents(network);
  const weights = await observeNetwork(session, samples, observed);
  const events = eventsPerImage(network, observed, operationPrices(kind));
  return neuronFlow({ network, masks: masksNow(session), events, spikes: observed.fired, weights });
}

/** By weight layer, what the operations of one weight cost at each input. The image is read once. */
function eventsPerImage(
  network: Network,
  { inputs: { sums, images } }: NeuronEvents,
  prices: ReturnType<typeof operationPrices>,
): Record<string, Float64Array> {
  const kinds = operationKinds(network);
  return Object.fromEntries(
    network.layers.filter(isWeightLayer).map((layer, position) => {
      const { kind, input } = kinds[position]!;
      const price = kind === 'accumulate' ? prices.accumulate : prices.multiplyAccumulate;
      const events =
        input === 'image' ? everywhere(layer.inputShape) : sums[layer.id]!.map((one) => one / images);
      return [layer.id, events.map((one) => one * price)];
    }),
  );
}

/** What passes a neuron's connections on both sides, in the numbering of the dense network. */
export const savingsOf = (session: Session, flow: NeuronFlow): Record<string, Float64Array> => {
  const { into, outOf } = inDense(session, flow);
  return Object.fromEntries(
    Object.entries(into).map(([id, own]) => [id, own.map((one, i) => one + outOf[id]![i]!)]),
  );
};

/**
 * What is left of a flow: of each layer's total the share that still reaches its neurons, times the share that those before still
 * send. Exact as long as nothing goes, and where one side stays; where both change their shares are taken as independent.
 */
export function operationsLeft(session: Session, flow: NeuronFlow): (left: NeuronsLeft) => number {
  const { into, outOf } = inDense(session, flow);
  const share = (of: Float64Array | undefined, mask: Uint8Array | undefined): number => {
    if (of === undefined || mask === undefined) return 1;
    let [all, stays] = [0, 0];
    for (let i = 0; i < of.length; i++) {
      all += of[i]!;
      stays += of[i]! * mask[i]!;
    }
    return all === 0 ? 1 : stays / all;
  };
  const ids = networkBlocks(session.network).map(({ weight }) => weight.id);
  return (left) =>
    ids.reduce((sum, id, position) => {
      const before = ids[position - 1] ?? '';
      return sum + flow.total[id]! * share(into[id], left[id]) * share(outOf[before], left[before]);
    }, 0);
}

/** Layers that may be pruned alone. */
const inDense = ({ spec, state }: Session, { into, outOf }: NeuronFlow) => ({
  into: denseNeurons<Float64Array>(spec.network, state.kept, into),
  outOf: denseNeurons<Float64Array>(spec.network, state.kept, outOf),
});
