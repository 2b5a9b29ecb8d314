import { CodedError, isWeightLayer } from '@spikefit/contracts';
import {
  type CodeGroup,
  type FoldedNetwork,
  type FoldedWeights,
  layersWithSynapseMask,
  unitsFirst,
} from '@spikefit/snn';
import { inputsLeft, toBitmap } from '@spikefit/specification';
import { toScaledFloat16 } from '../numbers/scaled-float16.ts';
import { packIndices } from '../packing/index-packing.ts';
import { encodeNeuronMask } from '../packing/neuron-mask.ts';
import { encodeMask, type MaskEncoding } from '../packing/synapse-mask.ts';
import type { SafeTensor } from '../safetensors/tensor.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import { checkLayers } from './check-layers.ts';
import { checksumEntry, sealChecksum } from './checksum.ts';
import { type ArtifactFormat, type ArtifactQuantization, formatOf, manifestTexts } from './manifest.ts';
import { sharedCodebookId, tensorNames } from './tensor-names.ts';

/** The format that a network is written in. */
export const artifactFormatOf = (folded: FoldedNetwork): ArtifactFormat =>
  formatOf({
    synapses: Object.fromEntries([...layersWithSynapseMask(folded)].map((id) => [id, true])),
    neurons: folded.neurons,
  });

/**
 * The packed artifact of a folded network (`spikefit/1`; `spikefit/2` with masks of synapses, `spikefit/3` with masks of neurons): one
 * safetensors file, see this package's README for its tensors.
 * Equal networks give equal bytes. Thresholds, resets and biases are rounded to 16 bits: what `readArtifact` gives back
 * is what must be measured.
 * Throws `internal.error` when the parts of the network do not belong together or a number cannot be stored.
 */
export function writeArtifact(
  folded: FoldedNetwork,
  { quantization }: { quantization: ArtifactQuantization },
): Uint8Array {
  checkLayers(folded.network);
  const tensors: Record<string, SafeTensor> = {};
  const synapses: Record<string, MaskEncoding> = {};
  const neurons: Record<string, MaskEncoding> = {};
  const withMask = layersWithSynapseMask(folded);
  assertReadersFollow(folded);
  for (const layer of folded.network.layers) {
    if (isWeightLayer(layer)) {
      const weights = folded.weights[layer.id];
      if (weights === undefined) throw new CodedError('internal.error', `layer "${layer.id}" has no weights`);
      Object.assign(tensors, weightTensors(layer.id, weights, quantization));
      if (weights.present !== undefined && withMask.has(layer.id)) {
        const mask = encodeMask(weights.present, weights.present.length / weights.shape.at(-1)!);
        tensors[tensorNames.synapses(layer.id)] = bytes(mask.bytes);
        synapses[layer.id] = mask.encoding;
      }
      if (layer.useBias) Object.assign(tensors, half(tensorNames.bias(layer.id), folded.bias[layer.id]));
    } else if (layer.kind === 'neuron') {
      Object.assign(
        tensors,
        half(tensorNames.threshold(layer.id), folded.threshold[layer.id], { positive: true }),
      );
      Object.assign(tensors, half(tensorNames.reset(layer.id), folded.reset[layer.id]));
      const decay = folded.decay[layer.id];
      if (decay !== undefined) tensors[tensorNames.decay(layer.id)] = float(Float32Array.of(decay));
      const present = folded.neurons[layer.id];
      if (present !== undefined) {
        const mask = encodeNeuronMask(present, layer.outputShape);
        tensors[tensorNames.neurons(layer.id)] = bytes(mask.bytes);
        neurons[layer.id] = mask.encoding;
      }
    }
  }
  for (const [id, { units, indices }] of Object.entries(folded.kept)) {
    tensors[tensorNames.mask(id)] = bytes(toBitmap(indices, units));
  }
  const denseUnits = Object.fromEntries(Object.entries(folded.kept).map(([id, { units }]) => [id, units]));
  const texts = manifestTexts({ network: folded.network, quantization, denseUnits, synapses, neurons });
  return sealChecksum(writeSafetensors(tensors, { ...texts, ...checksumEntry }));
}

/** A reader knows from the masks of neurons which weights of an FC are stored: no other may be there. */
function assertReadersFollow({ network, weights, neurons }: FoldedNetwork): void {
  for (const [id, inputs] of Object.entries(inputsLeft(network, neurons))) {
    const present = weights[id]?.present;
    if (!present?.every((one, i) => one <= inputs[i % inputs.length]!))
      throw new CodedError('internal.error', `layer "${id}" has weights that read pruned neurons`);
  }
}

function weightTensors(
  id: string,
  { shape, codebook, dense, present }: FoldedWeights,
  { levels }: ArtifactQuantization,
): Record<string, SafeTensor> {
  if (codebook === null) {
    if (dense === null)
      throw new CodedError('internal.error', `layer "${id}" has neither codebook nor weights`);
    if (present === undefined) return { [tensorNames.weights(id)]: { dtype: 'F32', shape, data: dense } };
    const ordered = unitsFirst(dense, shape.at(-1)!, new Float32Array(dense.length));
    return { [tensorNames.weights(id)]: float(ordered.filter((_, i) => present[i] === 1)) };
  }
  const kept = present === undefined ? codebook.indices : codebook.indices.filter((_, i) => present[i] === 1);
  return {
    [tensorNames.indices(id)]: bytes(packIndices(kept, levels)),
    ...codebookTensors(codebook.group === 'network' ? sharedCodebookId : id, codebook.groups, levels),
  };
}

function codebookTensors(
  id: string,
  groups: readonly CodeGroup[],
  levels: number,
): Record<string, SafeTensor> {
  const codes = new Int8Array(groups.length * levels);
  for (const [g, group] of groups.entries()) {
    if (group.codes.length !== levels) {
      throw new CodedError(
        'internal.error',
        `group ${g} of "${id}" has ${group.codes.length} codes, not ${levels}`,
      );
    }
    codes.set(group.codes, g * levels);
  }
  return {
    [tensorNames.codebook(id)]: { dtype: 'I8', shape: [groups.length, levels], data: codes },
    [tensorNames.delta(id)]: float(Float32Array.from(groups, ({ delta }) => delta)),
  };
}

const bytes = (data: Uint8Array): SafeTensor => ({ dtype: 'U8', shape: [data.length], data });
const float = (data: Float32Array): SafeTensor => ({ dtype: 'F32', shape: [data.length], data });

/** A vector in 16 bits with its scale. */
function half(
  name: string,
  values: Float32Array | undefined,
  { positive = false }: { positive?: boolean } = {},
): Record<string, SafeTensor> {
  if (values === undefined) throw new CodedError('internal.error', `the network has no ${name}`);
  const { bits, scale } = toScaledFloat16(values);
  if (positive && bits.some((one) => one === 0 || one >= 0x8000)) {
    throw new CodedError('internal.error', `${name} lies too far apart for 16 bits, or is not positive`);
  }
  return {
    [name]: { dtype: 'F16', shape: [bits.length], data: bits },
    [tensorNames.scale(name)]: float(Float32Array.of(scale)),
  };
}
