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
  synapticOperationsEnergy,
  targetEnergy,
  type WeightStorage,
} from '@spikefit/hardware';
import { artifactSizeBits } from '@spikefit/interchange';
import { denseWeights, type FoldedNetwork, type HostParameters, presentSynapses } from '@spikefit/snn';
import { countLayer, countNetwork, countWeights, denseSizeBits, indexBits } from '@spikefit/specification';
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

  const before: NetworkFigures = {
    ...figures(spec.network, originalWeights, baseline.evaluation, baseline.events),
    size: {
      bits: denseSizeBits(spec.network),
      parts: { float32: denseSizeBits(spec.network) },
      containerBytes: null,
    },
  };
  const after: NetworkFigures = {
    ...figures(compressed.folded.network, keptWeights, compressed.evaluation, compressed.events, present),
    size: { ...artifactSizeBits(artifact.bytes), containerBytes: artifact.bytes.length },
  };
  const distinct = countDistinctValues(compressed.folded.network, keptWeights, present);
  const layers = layerReports(input, originalWeights, keptWeights, distinct, present);
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
  const { network } = compressed.folded;
  const memoryInput = (
    of: Network,
    weights: Weights,
    { evaluation, events }: { evaluation: Evaluation; events: InputEvents },
    storage: WeightStorage,
  ) => ({
    network: of,
    weights,
    inputEvents: events.sums,
    images: events.images,
    spikeSums: evaluation.spikeSums,
    storage,
  });
  const { levels } = spec.quantization;
  // In a memory of one place for each weight, that there is none is one more value of the index.
  const hasAbsent = Object.values(compressed.folded.weights).some(({ present }) => present !== undefined);
  const bitsPerWeight = indexBits(hasAbsent ? levels + 1 : levels);
  const isQuantized = Object.values(compressed.folded.weights).some(({ codebook }) => codebook !== null);
  const ofTarget = targetEnergy(
    spec.target,
    { network: spec.network, operations: before.synapticOperations },
    { network, operations: after.synapticOperations },
  );
  return [
    synapticOperationsEnergy({ baseline: before.synapticOperations, compressed: after.synapticOperations }),
    ...memoryEnergyFigures(
      memoryInput(spec.network, originalWeights, baseline, floatStorage),
      memoryInput(network, keptWeights, compressed, isQuantized ? { bitsPerWeight, levels } : floatStorage),
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

/** Pruned synapses are stored nowhere. */
const storedWeights = (layer: WeightLayer, present: Present): number =>
  present[layer.id]?.reduce((total, one) => total + one, 0) ?? countWeights(layer);

function storedSynapses(network: Network, layer: WeightLayer, present: Present): number {
  const there = present[layer.id];
  if (!there) return countLayer(network, network.layers.indexOf(layer)).synapses;
  return sum(fanOutMap(network, layer.id, Float32Array.from(there)));
}

function nonzeroSynapses(network: Network, weights: Weights): number {
  return sum(
    network.layers
      .filter(isWeightLayer)
      .map((layer) => sum(fanOutMap(network, layer.id, weights[layer.id]!))),
  );
}

function figures(
  network: Network,
  weights: Weights,
  evaluation: Evaluation,
  events: InputEvents,
  present: Present = {},
): Omit<NetworkFigures, 'size'> {
  const { channels, neurons } = countNetwork(network);
  const layers = network.layers.filter(isWeightLayer);
  return {
    accuracy: accuracyOf(countOnes(evaluation.correct), evaluation.correct.length),
    channels,
    neurons,
    weights: {
      stored: sum(layers.map((layer) => storedWeights(layer, present))),
      nonzero: sum(Object.values(weights).map(countNonzero)),
    },
    synapses: {
      stored: sum(layers.map((layer) => storedSynapses(network, layer, present))),
      nonzero: nonzeroSynapses(network, weights),
    },
    spikeRate: evaluation.spikeRate,
    synapticOperations: countOperations({
      network,
      weights,
      inputEvents: events.sums,
      images: events.images,
    }),
  };
}

/** Neurons stand in the row of their own layer, so that the rows sum to the network. */
const neuronsOf = ({ kind, outputShape: [height, width, channels] }: Layer): number =>
  kind === 'neuron' ? height * width * channels : 0;

function layerReports(
  input: ReportInput,
  originalWeights: Weights,
  keptWeights: Weights,
  distinct: CountedDistinctValues,
  present: Present,
): LayerReport[] {
  const { spec, baseline, compressed } = input;
  const { folded } = compressed;
  const images = baseline.evaluation.correct.length;
  return spec.network.layers
    .filter((layer) => isWeightLayer(layer) || layer.kind === 'neuron')
    .map((layer) => {
      const denseCount = countLayer(spec.network, spec.network.layers.indexOf(layer));
      const keptIndex = folded.network.layers.findIndex(({ id }) => id === layer.id);
      const keptLayer = folded.network.layers[keptIndex]!;
      const weights = keptWeights[layer.id];
      const before = neuronsOf(layer);
      const after = neuronsOf(keptLayer);
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
            stored: isWeightLayer(keptLayer) ? storedWeights(keptLayer, present) : 0,
            nonzero: weights ? countNonzero(weights) : 0,
          },
        },
        synapses: {
          before: denseCount.synapses,
          after: {
            stored: isWeightLayer(keptLayer) ? storedSynapses(folded.network, keptLayer, present) : 0,
            nonzero:
              weights && isWeightLayer(keptLayer) ? sum(fanOutMap(folded.network, layer.id, weights)) : 0,
          },
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
