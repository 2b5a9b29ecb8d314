import { accuracyOf, pairedDifferenceInterval, pairedOutcomes } from '@spikefit/compression';
import {
  type EnergyFigure,
  type EpochRecord,
  isWeightLayer,
  type Layer,
  type LayerReport,
  type Network,
  type NetworkFigures,
  type Report,
  type ResolvedSpec,
  type WeightLayer,
} from '@spikefit/contracts';
import {
  type CountedDistinctValues,
  checkFit,
  countDistinctValues,
  countOperations,
  fanOutMap,
  floatStorage,
  memoryEnergyFigures,
  neuronUpdates,
  synapticOperationsEnergy,
  targetEnergy,
  type WeightStorage,
} from '@spikefit/hardware';
import { artifactSizeBits } from '@spikefit/interchange';
import {
  denseWeights,
  type FoldedNetwork,
  type HostParameters,
  layersWithSynapseMask,
  presentSynapses,
} from '@spikefit/snn';
import {
  connectionsBetween,
  countLayer,
  countNetwork,
  countWeights,
  denseSizeBits,
  indexBits,
  layerPresence,
  type NeuronMasks,
  neuronsGone,
} from '@spikefit/specification';
import { countOnes } from './batches.ts';
import type { Evaluation } from './evaluate.ts';
import type { InputEvents } from './input-events.ts';
import type { TrainingPorts } from './ports.ts';

type Weights = Readonly<Record<string, Float32Array>>;

export interface ReportInput {
  readonly spec: ResolvedSpec;
  readonly ports: TrainingPorts;
  readonly history: EpochRecord[];
  readonly baseline: { evaluation: Evaluation; events: InputEvents; parameters: HostParameters };
  readonly compressed: { evaluation: Evaluation; events: InputEvents; folded: FoldedNetwork };
  readonly artifact: { sha256: string; bytes: Uint8Array; format: string };
}

/** Before and after, from what was measured; see docs/method.md for each definition. */
export function buildReport(input: ReportInput): Report {
  const { spec, ports, history, baseline, compressed, artifact } = input;
  const originalWeights = weightsOf(spec.network, (id) => baseline.parameters[`${id}/weights`]!.data);
  const keptWeights = weightsOf(compressed.folded.network, (id) =>
    denseWeights(compressed.folded.weights[id]!),
  );
  const present = presentOf(compressed.folded);
  const { neurons } = compressed.folded;

  const before: NetworkFigures = {
    ...figures(spec.network, originalWeights, baseline.evaluation, baseline.events),
    size: {
      bits: denseSizeBits(spec.network),
      parts: { float32: denseSizeBits(spec.network) },
      containerBytes: null,
    },
  };
  const after: NetworkFigures = {
    ...figures(compressed.folded.network, keptWeights, compressed.evaluation, compressed.events, {
      present,
      neurons,
    }),
    size: { ...artifactSizeBits(artifact.bytes), containerBytes: artifact.bytes.length },
  };
  const distinct = countDistinctValues(compressed.folded.network, keptWeights, present);
  const layers = layerReports(input, originalWeights, keptWeights, distinct, { present, neurons });
  const { low, high } = pairedDifferenceInterval(
    pairedOutcomes(baseline.evaluation.correct, compressed.evaluation.correct),
  );

  return {
    formatVersion: 1,
    baseline: before,
    compressed: after,
    delta: {
      accuracyPoints: 100 * (after.accuracy.value - before.accuracy.value),
      accuracyPointsInterval: { low: 100 * low, high: 100 * high },
      neuronsRemoved: removed(before.neurons, after.neurons),
      synapsesRemoved: removed(before.synapses.stored, after.synapses.stored),
      sizeRemoved: removed(before.size.bits, after.size.bits),
      synapticOperationsRemoved: removed(operations(before), operations(after)),
    },
    layers,
    quantization: {
      technique: spec.quantization.technique,
      levels: spec.quantization.levels,
      bits: spec.quantization.bits,
      group: spec.quantization.group,
      distinctValuesPerGroup:
        distinct[spec.quantization.group === 'channel' ? 'neuron' : spec.quantization.group],
    },
    energy: energyFigures(input, originalWeights, keptWeights, before, after),
    fit: checkFit({
      network: compressed.folded.network,
      quantization: spec.quantization,
      target: spec.target,
      distinctValues: distinct,
      thresholds: compressed.folded.threshold,
      weights: keptWeights,
      neurons,
    }),
    history,
    artifact: { sha256: artifact.sha256, bytes: artifact.bytes.length, format: artifact.format },
    verification: {
      simulator: 'float32, folded network',
      accuracy: after.accuracy,
      note: 'The network was read back from the artifact file alone: codes × Δ, stored thresholds and biases.',
    },
    seed: spec.seed,
    toolchain: {
      service: ports.compute.service,
      node: ports.compute.node,
      tfjs: ports.compute.tfjs,
      backend: ports.compute.pin.backend,
      isa: ports.compute.pin.isa,
      precision: ports.compute.pin.precision,
      kernelRevision: ports.compute.pin.kernelRevision,
    },
    notes: [
      'Accuracy: the best epoch is chosen on a validation split of the training data; the test set is read once per network.',
      'Techniques follow the formulas of docs/method.md; the figures are no reproduction of a published table.',
      'Energy figures are estimates from the named constants, not measurements.',
      `The dense baseline is the best of ${spec.training.pretrainEpochs} epochs; the compressed network went on from it for more.`,
      ...twinNotes(spec.network),
      ...(ports.dataset.notes ?? []),
    ],
  };
}

/** How to read the figures of an ANN twin beside those of a network that spikes. */
function twinNotes({ layers }: Network): string[] {
  const relu = layers.find((layer) => layer.kind === 'neuron' && layer.neuron === 'relu');
  if (relu?.kind !== 'neuron' || relu.neuron !== 'relu') return [];
  const bits = Math.ceil(Math.log2(relu.levels));
  return [
    `This is the ANN twin: ReLUs of ${relu.levels} values (${bits} bits) in place of neurons, one pass. Spike rates are shares of outputs that are not 0.`,
    'Its operations are multiply-accumulates at inputs that are not 0; hardware that does not skip zeros does one for each of `synapses.nonzero`.',
  ];
}

/** The same networks under each model. */
function energyFigures(
  { spec, baseline, compressed }: ReportInput,
  originalWeights: Weights,
  keptWeights: Weights,
  before: NetworkFigures,
  after: NetworkFigures,
): EnergyFigure[] {
  const { network, neurons } = compressed.folded;
  const memoryInput = (
    of: Network,
    weights: Weights,
    { evaluation, events }: { evaluation: Evaluation; events: InputEvents },
    storage: WeightStorage,
    masks: NeuronMasks = {},
  ) => ({
    neurons: masks,
    network: of,
    weights,
    inputEvents: events.sums,
    images: events.images,
    spikeSums: evaluation.spikeSums,
    storage,
  });
  const { levels } = spec.quantization;
  // In a memory of one place for each weight, that there is none is one more value of the index; what reads no neuron needs none.
  const hasAbsent = layersWithSynapseMask(compressed.folded).size > 0;
  const bitsPerWeight = indexBits(hasAbsent ? levels + 1 : levels);
  const isQuantized = Object.values(compressed.folded.weights).some(({ codebook }) => codebook !== null);
  const ofTarget = targetEnergy(
    spec.target,
    { network: spec.network, operations: before.synapticOperations },
    { network, operations: after.synapticOperations, neurons },
  );
  const counted = { baseline: before.synapticOperations, compressed: after.synapticOperations };
  return [
    synapticOperationsEnergy(counted),
    ...(isQuantized ? [synapticOperationsEnergy({ ...counted, format: 'int8' })] : []),
    ...memoryEnergyFigures(
      memoryInput(spec.network, originalWeights, baseline, floatStorage),
      memoryInput(
        network,
        keptWeights,
        compressed,
        isQuantized ? { bitsPerWeight, levels } : floatStorage,
        neurons,
      ),
    ),
    ...(ofTarget === null ? [] : [ofTarget]),
  ];
}

const removed = (before: number, after: number): number => (before === 0 ? 0 : 1 - after / before);

const operations = ({ synapticOperations: { accumulates, multiplyAccumulates } }: NetworkFigures): number =>
  accumulates + multiplyAccumulates;

const weightsOf = (network: Network, read: (id: string) => Float32Array): Weights =>
  Object.fromEntries(network.layers.filter(isWeightLayer).map(({ id }) => [id, read(id)]));

const countNonzero = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** By weight layer, in the order of its weights: 1 where there is a synapse; null: everywhere. */
type Present = Readonly<Record<string, Uint8Array | null>>;

const presentOf = ({ weights }: FoldedNetwork): Present =>
  Object.fromEntries(Object.entries(weights).map(([id, one]) => [id, presentSynapses(one)]));

/** What is left of a network's connections. */
interface Left {
  readonly present: Present;
  readonly neurons: NeuronMasks;
}
const nothingPruned: Left = { present: {}, neurons: {} };

/** Pruned synapses are stored nowhere. */
const storedWeights = (layer: WeightLayer, { present }: Left): number =>
  present[layer.id]?.reduce((total, one) => total + one, 0) ?? countWeights(layer);

/** Connections whose two ends are there, by weight layer: those of all weights that are left, and of those that are not 0. */
function countedSynapses(
  network: Network,
  weights: Weights,
  { present, neurons }: Left,
): Record<string, { stored: number; nonzero: number }> {
  const presence = layerPresence(network, neurons);
  return Object.fromEntries(
    network.layers.filter(isWeightLayer).map((layer) => {
      const { id } = layer;
      const connections = (of: Float32Array) => sum(fanOutMap(network, id, of, presence[id]));
      const there = present[id];
      const stored = there ? connections(Float32Array.from(there)) : connectionsBetween(layer, presence[id]!);
      return [id, { stored, nonzero: connections(weights[id]!) }];
    }),
  );
}

function figures(
  network: Network,
  weights: Weights,
  evaluation: Evaluation,
  events: InputEvents,
  left: Left = nothingPruned,
): Omit<NetworkFigures, 'size'> {
  const { channels, neurons } = countNetwork(network);
  const synapses = Object.values(countedSynapses(network, weights, left));
  const layers = network.layers.filter(isWeightLayer);
  return {
    accuracy: accuracyOf(countOnes(evaluation.correct), evaluation.correct.length),
    channels,
    neurons: neurons - neuronsGone(left.neurons),
    weights: {
      stored: sum(layers.map((layer) => storedWeights(layer, left))),
      nonzero: sum(Object.values(weights).map(countNonzero)),
    },
    synapses: {
      stored: sum(synapses.map(({ stored }) => stored)),
      nonzero: sum(synapses.map(({ nonzero }) => nonzero)),
    },
    spikeRate: evaluation.spikeRate,
    neuronUpdates: neuronUpdates(network, left.neurons),
    synapticOperations: countOperations({
      network,
      weights,
      inputEvents: events.sums,
      images: events.images,
      neurons: left.neurons,
    }),
  };
}

/** Neurons stand in the row of their own layer, so that the rows sum to the network. */
const neuronsOf = (
  { id, kind, outputShape: [height, width, channels] }: Layer,
  masks: NeuronMasks = {},
): number => {
  if (kind !== 'neuron') return 0;
  const mask = masks[id];
  return height * width * channels - (mask === undefined ? 0 : neuronsGone({ [id]: mask }));
};

function layerReports(
  input: ReportInput,
  originalWeights: Weights,
  keptWeights: Weights,
  distinct: CountedDistinctValues,
  left: Left,
): LayerReport[] {
  const { spec, baseline, compressed } = input;
  const { folded } = compressed;
  const images = baseline.evaluation.correct.length;
  const synapses = countedSynapses(folded.network, keptWeights, left);
  return spec.network.layers
    .filter((layer) => isWeightLayer(layer) || layer.kind === 'neuron')
    .map((layer) => {
      const denseCount = countLayer(spec.network, spec.network.layers.indexOf(layer));
      const keptIndex = folded.network.layers.findIndex(({ id }) => id === layer.id);
      const keptLayer = folded.network.layers[keptIndex]!;
      const weights = keptWeights[layer.id];
      const before = neuronsOf(layer);
      const after = neuronsOf(keptLayer, left.neurons);
      const rate = (evaluation: Evaluation, neurons: number): number | null =>
        neurons > 0
          ? (evaluation.spikeSums[layer.id] ?? 0) / (neurons * spec.network.timeSteps * images)
          : null;
      return {
        id: layer.id,
        kind: layer.kind,
        channels: { before: layer.outputShape[2], after: keptLayer.outputShape[2] },
        neurons: { before, after },
        weights: {
          before: originalWeights[layer.id]?.length ?? 0,
          after: {
            stored: isWeightLayer(keptLayer) ? storedWeights(keptLayer, left) : 0,
            nonzero: weights ? countNonzero(weights) : 0,
          },
        },
        synapses: {
          before: denseCount.synapses,
          after: synapses[layer.id] ?? { stored: 0, nonzero: 0 },
        },
        distinctValues:
          distinct.layers[layer.id]?.[spec.quantization.group === 'channel' ? 'neuron' : 'layer'] ?? null,
        spikeRate: {
          before: rate(baseline.evaluation, before),
          after: rate(compressed.evaluation, after),
        },
      };
    });
}
