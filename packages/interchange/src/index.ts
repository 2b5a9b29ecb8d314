export { type ArtifactSize, artifactSizeBits } from './artifact/artifact-size.ts';
export type { ArtifactQuantization } from './artifact/manifest.ts';
export { type ArtifactNetwork, readArtifact } from './artifact/read-artifact.ts';
export { artifactFormatOf, writeArtifact } from './artifact/write-artifact.ts';
export { encodeNeuronMask } from './packing/neuron-mask.ts';
export { encodeMask } from './packing/synapse-mask.ts';
export { readSafetensors } from './safetensors/read-safetensors.ts';
export type { Dtype, SafeTensor, SafeTensorsFile } from './safetensors/tensor.ts';
export { writeSafetensors } from './safetensors/write-safetensors.ts';
