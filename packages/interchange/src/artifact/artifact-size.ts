import { readSafetensors } from '../safetensors/read-safetensors.ts';

/** Which part of the size a tensor belongs to, by the end of its name. */
const partOf: Readonly<Record<string, string>> = {
  indices: 'indices',
  codebook: 'codebooks',
  delta: 'codebooks',
  weights: 'weights',
  mask: 'masks',
  synapses: 'masks',
  neurons: 'masks',
  bias: 'biases',
  threshold: 'thresholds',
  reset: 'resets',
  decay: 'decays',
};

export interface ArtifactSize {
  /** The sum of `parts`. */
  readonly bits: number;
  readonly parts: Readonly<Record<string, number>>;
  /** The whole file, header included. */
  readonly containerBytes: number;
}

/**
 * Bits of an artifact as they are really stored: eight for every byte of every tensor, scales and the padding of packed
 * indices included. The header is no part of them; the container's bytes stand beside.
 * Throws `artifact.invalid` for a damaged file.
 */
export function artifactSizeBits(bytes: Uint8Array): ArtifactSize {
  const parts: Record<string, number> = {};
  let bits = 0;
  for (const [name, { data }] of readSafetensors(bytes).tensors) {
    const ending = name
      .replace(/\.scale$/, '')
      .split('.')
      .at(-1)!;
    const part = partOf[ending] ?? 'other';
    parts[part] = (parts[part] ?? 0) + data.byteLength * 8;
    bits += data.byteLength * 8;
  }
  return { bits, parts, containerBytes: bytes.length };
}
