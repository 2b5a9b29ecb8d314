import { CodedError, Network } from '@spikefit/contracts';
import { canonicalJson } from '@spikefit/specification';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type MaskEncoding, maskEncodings } from '../packing/synapse-mask.ts';
import { checkLayers } from './check-layers.ts';

/**
 * `spikefit/2` is `spikefit/1` with masks of synapses, `spikefit/3` is `spikefit/2` with masks of neurons: networks without them are
 * written as before.
 */
const artifactFormats = ['spikefit/1', 'spikefit/2', 'spikefit/3'] as const;
export type ArtifactFormat = (typeof artifactFormats)[number];

export const ArtifactQuantization = Type.Object(
  {
    technique: Type.String(),
    levels: Type.Integer({ minimum: 2, maximum: 256 }),
    bits: Type.Integer({ minimum: 2, maximum: 8 }),
    group: Type.Enum(['layer', 'channel', 'network']),
  },
  { additionalProperties: false },
);
export type ArtifactQuantization = Static<typeof ArtifactQuantization>;

/** Units of every prunable layer before pruning: how many bits of its mask count. */
const DenseUnits = Type.Record(Type.String(), Type.Integer({ minimum: 1, maximum: 1_000_000 }));

/** By layer: how its mask is encoded. */
const MaskEncodings = Type.Record(Type.String(), Type.Enum([...maskEncodings]));

/** What the artifact says beside its tensors. It names no job, time or host, so equal runs give equal bytes. */
export interface Manifest {
  readonly network: Network;
  readonly quantization: ArtifactQuantization;
  readonly denseUnits: Readonly<Record<string, number>>;
  /** Layers that are not named have all synapses. */
  readonly synapses: Readonly<Record<string, MaskEncoding>>;
  /** Neuron layers that are not named have all neurons. */
  readonly neurons: Readonly<Record<string, MaskEncoding>>;
}

/** By the ids of the layers that have masks. */
export function formatOf({ synapses, neurons }: Record<'synapses' | 'neurons', object>): ArtifactFormat {
  if (Object.keys(neurons).length > 0) return 'spikefit/3';
  return Object.keys(synapses).length > 0 ? 'spikefit/2' : 'spikefit/1';
}

/** Each entry is JSON with sorted keys, as safetensors wants texts. */
export const manifestTexts = (manifest: Manifest): Record<string, string> => {
  const { network, quantization, denseUnits, synapses, neurons } = manifest;
  const format = formatOf(manifest);
  return {
    format,
    network: canonicalJson(network),
    quantization: canonicalJson(quantization),
    units: canonicalJson(denseUnits),
    ...(format === 'spikefit/1' ? {} : { synapses: canonicalJson(synapses) }),
    ...(format === 'spikefit/3' ? { neurons: canonicalJson(neurons) } : {}),
  };
};

/** Throws `artifact.invalid` naming the entry that is missing, malformed, or describes no network that can run. */
export function parseManifest(metadata: Readonly<Record<string, string>>): Manifest {
  const { format } = metadata;
  if (!artifactFormats.some((known) => known === format)) {
    throw new CodedError(
      'artifact.invalid',
      `the format is ${JSON.stringify(format ?? null)}, this reads ${artifactFormats.join(', ')}`,
    );
  }
  const network = parseEntry(metadata, 'network', Network) as Network;
  checkLayers(network);
  return {
    network,
    quantization: parseEntry(metadata, 'quantization', ArtifactQuantization),
    denseUnits: parseEntry(metadata, 'units', DenseUnits),
    synapses: format === 'spikefit/1' ? {} : parseEntry(metadata, 'synapses', MaskEncodings),
    neurons: format === 'spikefit/3' ? parseEntry(metadata, 'neurons', MaskEncodings) : {},
  };
}

function parseEntry<T extends Type.TSchema>(
  metadata: Readonly<Record<string, string>>,
  name: string,
  schema: T,
): Static<T> {
  let value: unknown;
  try {
    value = JSON.parse(metadata[name] ?? '');
  } catch (cause) {
    throw new CodedError('artifact.invalid', `the manifest's "${name}" is missing or no JSON`, { cause });
  }
  if (!Value.Check(schema, value)) {
    const [first] = Value.Errors(schema, value);
    const where = first === undefined ? '' : ` at ${first.instancePath || '/'}: ${first.message}`;
    throw new CodedError('artifact.invalid', `the manifest's "${name}" is not of this format${where}`);
  }
  return value;
}
