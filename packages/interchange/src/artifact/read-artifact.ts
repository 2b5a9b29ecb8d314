import { CodedError, type Network, type WeightLayer } from '@spikefit/contracts';
import { type CodeGroup, type FoldedNetwork, type FoldedWeights, weightShape } from '@spikefit/snn';
import { countWeights, networkBlocks, unitsOf } from '@spikefit/specification';
import { fromBitmap } from '../packing/bitmap.ts';
import { unpackIndices } from '../packing/index-packing.ts';
import { readSafetensors } from '../safetensors/read-safetensors.ts';
import { ArtifactTensors } from './artifact-tensors.ts';
import { verifyChecksum } from './checksum.ts';
import { type ArtifactQuantization, parseManifest } from './manifest.ts';
import { sharedCodebookId, tensorNames } from './tensor-names.ts';

/** A folded network as an artifact holds it, and how its weights were quantised. */
export type ArtifactNetwork = FoldedNetwork & { readonly quantization: ArtifactQuantization };

/**
 * Reads a packed artifact `spikefit/1`. Everything is checked before anything is given: checksum, manifest, the shape
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
  const { network, quantization, denseUnits } = parseManifest(file.metadata);
  const tensors = new ArtifactTensors(file.tensors);
  const weights: Record<string, FoldedWeights> = {};
  const bias: Record<string, Float32Array> = {};
  const threshold: Record<string, Float32Array> = {};
  const reset: Record<string, Float32Array> = {};
  const decay: Record<string, number> = {};
  const kept: Record<string, { units: number; indices: number[] }> = {};
  for (const { weight, neuron, isOutput } of networkBlocks(network)) {
    weights[weight.id] = readWeights(weight, quantization, tensors);
    if (weight.useBias) bias[weight.id] = tensors.halves(tensorNames.bias(weight.id), [unitsOf(weight)]);
    if (!isOutput) kept[weight.id] = readMask(weight, denseUnits, tensors);
    if (neuron === null) continue;
    const lengths = [1, neuron.outputShape[2]];
    threshold[neuron.id] = tensors.halves(tensorNames.threshold(neuron.id), lengths);
    if (!threshold[neuron.id]!.every((value) => value > 0)) {
      throw new CodedError('artifact.invalid', `a threshold of layer "${neuron.id}" is not positive`);
    }
    reset[neuron.id] = tensors.halves(tensorNames.reset(neuron.id), lengths);
    if (neuron.neuron !== 'if') decay[neuron.id] = readDecay(neuron.id, tensors);
  }
  tensors.finish();
  checkUnits(network, denseUnits);
  return { network, quantization, weights, bias, threshold, reset, decay, kept };
}

function readWeights(
  layer: WeightLayer,
  quantization: ArtifactQuantization,
  tensors: ArtifactTensors,
): FoldedWeights {
  const shape = weightShape(layer);
  if (tensors.has(tensorNames.weights(layer.id))) {
    return { shape, codebook: null, dense: tensors.floats(tensorNames.weights(layer.id), shape) };
  }
  const { group, levels } = quantization;
  const name = tensorNames.indices(layer.id);
  const indices = unpackIndices(tensors.bytes(name), countWeights(layer), levels, `the tensor "${name}"`);
  const id = group === 'network' ? sharedCodebookId : layer.id;
  const groups = readGroups(id, group === 'channel' ? unitsOf(layer) : 1, quantization, tensors);
  return { shape, codebook: { group, groups, indices }, dense: null };
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
  for (const id of Object.keys(denseUnits)) {
    if (!prunable.includes(id)) {
      throw new CodedError(
        'artifact.invalid',
        `the manifest's "units" names "${id}", which is no prunable layer`,
      );
    }
  }
}
