import { CodedError, isLeaky, type Network, type WeightLayer } from '@spikefit/contracts';
import {
  type CodeGroup,
  type FoldedNetwork,
  type FoldedWeights,
  unitsLast,
  weightShape,
} from '@spikefit/snn';
import { countWeights, inputsLeft, type NeuronMasks, networkBlocks, unitsOf } from '@spikefit/specification';
import { fromBitmap } from '../packing/bitmap.ts';
import { unpackIndices } from '../packing/index-packing.ts';
import { decodeNeuronMask } from '../packing/neuron-mask.ts';
import { decodeMask } from '../packing/synapse-mask.ts';
import { readSafetensors } from '../safetensors/read-safetensors.ts';
import { ArtifactTensors } from './artifact-tensors.ts';
import { verifyChecksum } from './checksum.ts';
import { type ArtifactQuantization, type Manifest, parseManifest } from './manifest.ts';
import { sharedCodebookId, tensorNames } from './tensor-names.ts';

/** A folded network as an artifact holds it, and how its weights were quantised. */
export type ArtifactNetwork = FoldedNetwork & { readonly quantization: ArtifactQuantization };

/**
 * Reads a packed artifact, `spikefit/1`, `spikefit/2` or `spikefit/3`. Everything is checked before anything is given: checksum, manifest, the shape
 * of every tensor, the range of every index and code.
 * Throws `artifact.invalid` saying where the file is damaged; nothing else.
 */
export function readArtifact(bytes: Uint8Array): ArtifactNetwork {
  const file = readSafetensors(bytes);
  verifyChecksum(bytes);
  return decodeArtifact(file);
}

/** What `readArtifact` does once the checksum holds. */
export function decodeArtifact(file: ReturnType<typeof readSafetensors>): ArtifactNetwork {
  const manifest = parseManifest(file.metadata);
  const { network, quantization, denseUnits, synapses } = manifest;
  const tensors = new ArtifactTensors(file.tensors);
  const neurons = readNeurons(manifest, tensors);
  const left = inputsLeft(network, neurons);
  const weights: Record<string, FoldedWeights> = {};
  const bias: Record<string, Float32Array> = {};
  const threshold: Record<string, Float32Array> = {};
  const reset: Record<string, Float32Array> = {};
  const decay: Record<string, number> = {};
  const kept: Record<string, { units: number; indices: number[] }> = {};
  for (const { weight, neuron, isOutput } of networkBlocks(network)) {
    weights[weight.id] = readWeights(weight, manifest, tensors, left[weight.id]);
    if (weight.useBias) bias[weight.id] = tensors.halves(tensorNames.bias(weight.id), [unitsOf(weight)]);
    if (!isOutput) kept[weight.id] = readMask(weight, denseUnits, tensors);
    if (neuron === null) continue;
    const lengths = [1, neuron.outputShape[2]];
    threshold[neuron.id] = tensors.halves(tensorNames.threshold(neuron.id), lengths);
    if (!threshold[neuron.id]!.every((value) => value > 0)) {
      throw new CodedError('artifact.invalid', `a threshold of layer "${neuron.id}" is not positive`);
    }
    reset[neuron.id] = tensors.halves(tensorNames.reset(neuron.id), lengths);
    if (isLeaky(neuron)) decay[neuron.id] = readDecay(neuron.id, tensors);
  }
  tensors.finish();
  checkUnits(network, denseUnits);
  checkNames('synapses', Object.keys(synapses), Object.keys(weights), 'weight layer');
  return { network, quantization, weights, bias, threshold, reset, decay, kept, neurons };
}

function readWeights(
  layer: WeightLayer,
  { quantization, synapses }: Manifest,
  tensors: ArtifactTensors,
  inputs: Uint8Array | undefined,
): FoldedWeights {
  const shape = weightShape(layer);
  const present = readSynapses(layer, synapses, tensors) ?? synapsesFrom(inputs, unitsOf(layer));
  const mask = present === null ? {} : { present };
  const count = present === null ? countWeights(layer) : present.reduce((sum, one) => sum + one, 0);
  const weightsName = tensorNames.weights(layer.id);
  if (tensors.has(weightsName)) {
    const stored = tensors.floats(weightsName, present === null ? shape : [count]);
    if (present === null) return { shape, codebook: null, dense: stored };
    const spread = atPresent(stored, present, new Float32Array(present.length));
    return {
      shape,
      codebook: null,
      dense: unitsLast(spread, unitsOf(layer), new Float32Array(spread.length)),
      ...mask,
    };
  }
  const { group, levels } = quantization;
  const name = tensorNames.indices(layer.id);
  const stored = unpackIndices(tensors.bytes(name), count, levels, `the tensor "${name}"`);
  const indices = present === null ? stored : atPresent(stored, present, new Uint8Array(present.length));
  const id = group === 'network' ? sharedCodebookId : layer.id;
  const groups = readGroups(id, group === 'channel' ? unitsOf(layer) : 1, quantization, tensors);
  return { shape, codebook: { group, groups, indices }, dense: null, ...mask };
}

/** Null for a layer with all its synapses. */
function readSynapses(
  layer: WeightLayer,
  synapses: Manifest['synapses'],
  tensors: ArtifactTensors,
): Uint8Array | null {
  if (!Object.hasOwn(synapses, layer.id)) return null;
  const name = tensorNames.synapses(layer.id);
  const count = countWeights(layer);
  return decodeMask(
    { encoding: synapses[layer.id]!, bytes: tensors.bytes(name) },
    { count, rowLength: count / unitsOf(layer), name: `the tensor "${name}"` },
  );
}

/** Those of an FC that read a neuron that is there; null where all do. */
function synapsesFrom(inputs: Uint8Array | undefined, units: number): Uint8Array | null {
  if (inputs === undefined) return null;
  const present = new Uint8Array(inputs.length * units);
  for (let unit = 0; unit < units; unit++) present.set(inputs, unit * inputs.length);
  return present;
}

/** By neuron layer of which single neurons were pruned. */
function readNeurons({ network, neurons }: Manifest, tensors: ArtifactTensors): NeuronMasks {
  const masks: Record<string, Uint8Array> = {};
  for (const layer of network.layers) {
    if (layer.kind !== 'neuron' || !Object.hasOwn(neurons, layer.id)) continue;
    const name = tensorNames.neurons(layer.id);
    const encoded = { encoding: neurons[layer.id]!, bytes: tensors.bytes(name) };
    masks[layer.id] = decodeNeuronMask(encoded, layer.outputShape, `the tensor "${name}"`);
  }
  checkNames('neurons', Object.keys(neurons), Object.keys(masks), 'neuron layer');
  return masks;
}

/** Puts the values where there are synapses, in order; 0 elsewhere. */
function atPresent<T extends Uint8Array | Float32Array>(values: T, present: Uint8Array, out: T): T {
  let position = 0;
  for (let i = 0; i < present.length; i++) if (present[i] === 1) out[i] = values[position++]!;
  return out;
}

function readGroups(
  id: string,
  count: number,
  { levels, bits }: ArtifactQuantization,
  tensors: ArtifactTensors,
): CodeGroup[] {
  const name = tensorNames.codebook(id);
  const codes = tensors.codes(name, count, levels);
  const deltas = tensors.floats(tensorNames.delta(id), [count]);
  return Array.from(deltas, (delta, g) => {
    const own = codes.slice(g * levels, (g + 1) * levels);
    const ascending = own.every((code, k) => k === 0 || code > own[k - 1]!);
    const inRange = own.every((code) => code >= -(2 ** (bits - 1)) && code < 2 ** (bits - 1));
    const finite = own.every((code) => Number.isFinite(Math.fround(delta * code)));
    if (!ascending || !inRange || !(delta > 0) || !finite) {
      throw new CodedError(
        'artifact.invalid',
        `group ${g} of the tensor "${name}" holds no ${levels} ascending codes of ${bits} bits with a positive step`,
      );
    }
    return { codes: own, delta };
  });
}

function readMask(
  layer: WeightLayer,
  denseUnits: Readonly<Record<string, number>>,
  tensors: ArtifactTensors,
): { units: number; indices: number[] } {
  const name = tensorNames.mask(layer.id);
  const units = Object.hasOwn(denseUnits, layer.id) ? denseUnits[layer.id]! : 0;
  const indices = fromBitmap(tensors.bytes(name), units, `the tensor "${name}"`);
  if (indices.length !== unitsOf(layer)) {
    throw new CodedError(
      'artifact.invalid',
      `the tensor "${name}" keeps ${indices.length} units, the layer has ${unitsOf(layer)}`,
    );
  }
  return { units, indices };
}

function readDecay(id: string, tensors: ArtifactTensors): number {
  const [decay] = tensors.floats(tensorNames.decay(id), [1]);
  if (!(decay! > 0 && decay! <= 1)) {
    throw new CodedError('artifact.invalid', `the decay of layer "${id}" is ${decay}, not in (0, 1]`);
  }
  return decay!;
}

function checkUnits(network: Network, denseUnits: Readonly<Record<string, number>>): void {
  const prunable = networkBlocks(network).flatMap(({ weight, isOutput }) => (isOutput ? [] : [weight.id]));
  checkNames('units', Object.keys(denseUnits), prunable, 'prunable layer');
}

function checkNames(entry: string, names: readonly string[], known: readonly string[], what: string): void {
  for (const id of names) {
    if (!known.includes(id)) {
      throw new CodedError(
        'artifact.invalid',
        `the manifest's "${entry}" names "${id}", which is no ${what}`,
      );
    }
  }
}
