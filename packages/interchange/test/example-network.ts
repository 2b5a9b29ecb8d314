import '@tensorflow/tfjs-backend-cpu';
import { isWeightLayer } from '@spikefit/contracts';
import { type FoldedNetwork, type FoldedWeights, unitsLast, weightShape } from '@spikefit/snn';
import {
  defaultNeuron,
  inferNetwork,
  inputsLeft,
  networkBlocks,
  pruneNetwork,
  randomStream,
  unitsOf,
} from '@spikefit/specification';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';

const architecture = '8C3-IF-MP2-12C3-LIF-AP2-FC20-PLIF-FC5';

/** Zeros at absent places, as a reader gives them: they mean nothing. */
function thinned(weights: FoldedWeights, present: Uint8Array): FoldedWeights {
  const { shape, codebook, dense } = weights;
  const units = shape.at(-1)!;
  const size = present.length;
  const inTensor = unitsLast(present, units, new Uint8Array(size));
  return {
    shape,
    codebook: codebook && { ...codebook, indices: codebook.indices.map((index, i) => index * present[i]!) },
    dense: dense?.map((value, i) => (inTensor[i] === 1 ? value : 0)) ?? null,
    present,
  };
}

/** A pruned, folded network with made-up weights, for every way to quantise. */
export function exampleNetwork(
  quantization: ArtifactQuantization,
  {
    seed = 1,
    pruned = true,
    density,
    neuronDensity,
  }: {
    seed?: number;
    pruned?: boolean;
    /** Share of the synapses that are there. */
    density?: number;
    /** Share of the neurons of feature maps that are there. */
    neuronDensity?: number;
  } = {},
): FoldedNetwork {
  const dense = inferNetwork({
    architecture,
    inputShape: [8, 8, 2],
    classes: 5,
    timeSteps: 4,
    encoder: 'direct',
    neuron: defaultNeuron,
  });
  const keptUnits = pruned
    ? { '0.conv': [0, 2, 3, 5, 7], '3.conv': [1, 2, 4, 8, 9, 11], '6.fc': [0, 3, 4, 5, 9, 12, 17, 18, 19] }
    : {};
  const network = pruneNetwork(dense, keptUnits);
  const stream = randomStream(seed, 'init', 0);
  const normals = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * stream.normal());
  const groups = (count: number) =>
    Array.from({ length: count }, () => ({
      codes: randomCodes(quantization, stream),
      delta: Math.fround(stream.uniform() + 0.01),
    }));
  const shared = groups(1);
  const drawn = (length: number, share: number) =>
    Uint8Array.from({ length }, () => (stream.uniform() < share ? 1 : 0));
  const neurons: Record<string, Uint8Array> = {};
  for (const { kind, id, outputShape } of network.layers)
    if (neuronDensity !== undefined && kind === 'neuron' && outputShape[0] > 1)
      neurons[id] = drawn(
        outputShape.reduce((a, b) => a * b, 1),
        neuronDensity,
      );
  const left = inputsLeft(network, neurons);
  const weights: Record<string, FoldedWeights> = {};
  const bias: Record<string, Float32Array> = {};
  const threshold: Record<string, Float32Array> = {};
  const reset: Record<string, Float32Array> = {};
  const decay: Record<string, number> = {};
  const kept: Record<string, { units: number; indices: readonly number[] }> = {};
  for (const layer of network.layers) {
    if (isWeightLayer(layer)) {
      const shape = weightShape(layer);
      const size = shape.reduce((a, b) => a * b, 1);
      const codes =
        quantization.group === 'network'
          ? shared
          : groups(quantization.group === 'channel' ? unitsOf(layer) : 1);
      weights[layer.id] =
        quantization.technique === 'none'
          ? { shape, codebook: null, dense: normals(size) }
          : {
              shape,
              codebook: {
                group: quantization.group,
                groups: codes,
                indices: Uint8Array.from({ length: size }, () => stream.integer(quantization.levels)),
              },
              dense: null,
            };
      // The read-out keeps all of them: a mask belongs to a layer, not to the file.
      const own = left[layer.id];
      const isThin = density !== undefined && layer.id !== network.layers.findLast(isWeightLayer)!.id;
      if (isThin || own !== undefined)
        weights[layer.id] = thinned(
          weights[layer.id]!,
          drawn(size, isThin ? density : 1).map((one, i) => one * (own?.[i % own.length] ?? 1)),
        );
      if (layer.useBias) bias[layer.id] = normals(unitsOf(layer), 3);
    } else if (layer.kind === 'neuron') {
      const channels = layer.outputShape[2];
      threshold[layer.id] =
        layer.neuron === 'if' ? Float32Array.of(1) : normals(channels).map((x) => Math.abs(x) + 0.1);
      reset[layer.id] = layer.neuron === 'plif' ? normals(channels) : Float32Array.of(0);
      if (layer.neuron !== 'if') decay[layer.id] = Math.fround(layer.neuron === 'lif' ? 0.5 : 0.3);
    }
  }
  for (const { weight, isOutput } of networkBlocks(dense)) {
    if (isOutput) continue;
    const units = unitsOf(weight);
    const named = (keptUnits as Record<string, number[]>)[weight.id];
    kept[weight.id] = { units, indices: named ?? Array.from({ length: units }, (_, unit) => unit) };
  }
  return { network, weights, bias, threshold, reset, decay, kept, neurons };
}

function randomCodes(
  { levels, bits }: ArtifactQuantization,
  stream: ReturnType<typeof randomStream>,
): Int8Array {
  const all = Array.from({ length: 2 ** bits }, (_, code) => code - 2 ** (bits - 1));
  return Int8Array.from(stream.shuffle(all).slice(0, levels)).sort();
}
