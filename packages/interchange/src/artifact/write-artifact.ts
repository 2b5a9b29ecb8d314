import { CodedError, isWeightLayer } from '@spikefit/contracts';
import type { CodeGroup, FoldedNetwork, FoldedWeights } from '@spikefit/snn';
import { toBitmap } from '@spikefit/specification';
import { toScaledFloat16 } from '../numbers/scaled-float16.ts';
import { packIndices } from '../packing/index-packing.ts';
import type { SafeTensor } from '../safetensors/tensor.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import { checkLayers } from './check-layers.ts';
import { checksumEntry, sealChecksum } from './checksum.ts';
import { type ArtifactQuantization, manifestTexts } from './manifest.ts';
import { sharedCodebookId, tensorNames } from './tensor-names.ts';

/**
 * The packed artifact `spikefit/1` of a folded network: one safetensors file, see this package's README for its tensors.
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
  for (const layer of folded.network.layers) {
    if (isWeightLayer(layer)) {
      const weights = folded.weights[layer.id];
      if (weights === undefined) throw new CodedError('internal.error', `layer "${layer.id}" has no weights`);
      Object.assign(tensors, weightTensors(layer.id, weights, quantization));
      if (layer.useBias) Object.assign(tensors, half(tensorNames.bias(layer.id), folded.bias[layer.id]));
    } else if (layer.kind === 'neuron') {
      Object.assign(
        tensors,
        half(tensorNames.threshold(layer.id), folded.threshold[layer.id], { positive: true }),
      );
      Object.assign(tensors, half(tensorNames.reset(layer.id), folded.reset[layer.id]));
      const decay = folded.decay[layer.id];
      if (decay !== undefined) tensors[tensorNames.decay(layer.id)] = float(Float32Array.of(decay));
    }
  }
  for (const [id, { units, indices }] of Object.entries(folded.kept)) {
    const bitmap = toBitmap(indices, units);
    tensors[tensorNames.mask(id)] = { dtype: 'U8', shape: [bitmap.length], data: bitmap };
  }
  const denseUnits = Object.fromEntries(Object.entries(folded.kept).map(([id, { units }]) => [id, units]));
  const texts = manifestTexts({ network: folded.network, quantization, denseUnits });
  return sealChecksum(writeSafetensors(tensors, { ...texts, ...checksumEntry }));
}

function weightTensors(
  id: string,
  { shape, codebook, dense }: FoldedWeights,
  { levels }: ArtifactQuantization,
): Record<string, SafeTensor> {
  if (codebook === null) {
    if (dense === null)
      throw new CodedError('internal.error', `layer "${id}" has neither codebook nor weights`);
    return { [tensorNames.weights(id)]: { dtype: 'F32', shape, data: dense } };
  }
  const packed = packIndices(codebook.indices, levels);
  return {
    [tensorNames.indices(id)]: { dtype: 'U8', shape: [packed.length], data: packed },
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
