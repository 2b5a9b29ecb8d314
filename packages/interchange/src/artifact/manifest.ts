import { CodedError, Network } from '@spikefit/contracts';
import { canonicalJson } from '@spikefit/specification';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { checkLayers } from './check-layers.ts';

const artifactFormat = 'spikefit/1';

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

/** What the artifact says beside its tensors. It names no job, time or host, so equal runs give equal bytes. */
export interface Manifest {
  readonly network: Network;
  readonly quantization: ArtifactQuantization;
  readonly denseUnits: Readonly<Record<string, number>>;
}

/** Each entry is JSON with sorted keys, as safetensors wants texts. */
export const manifestTexts = ({ network, quantization, denseUnits }: Manifest): Record<string, string> => ({
  format: artifactFormat,
  network: canonicalJson(network),
  quantization: canonicalJson(quantization),
  units: canonicalJson(denseUnits),
});

/** Throws `artifact.invalid` naming the entry that is missing, malformed, or describes no network that can run. */
export function parseManifest(metadata: Readonly<Record<string, string>>): Manifest {
  if (metadata.format !== artifactFormat) {
    throw new CodedError(
      'artifact.invalid',
      `the format is ${JSON.stringify(metadata.format ?? null)}, this reads "${artifactFormat}"`,
    );
  }
  const network = parseEntry(metadata, 'network', Network) as Network;
  checkLayers(network);
  return {
    network,
    quantization: parseEntry(metadata, 'quantization', ArtifactQuantization),
    denseUnits: parseEntry(metadata, 'units', DenseUnits),
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
