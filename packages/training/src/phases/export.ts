import { foldNetwork, makeGammaPositive } from '@spikefit/compression';
import type { ArtifactDraft, ResolvedSpec } from '@spikefit/contracts';
import { artifactFormatOf, writeArtifact } from '@spikefit/interchange';
import { effectiveHostParameters } from '../parameters.ts';
import { layerCodebooks } from '../quantization.ts';
import type { Session } from '../session.ts';

export interface ExportedArtifact {
  readonly draft: ArtifactDraft;
}

const artifactName = 'network.spikefit.safetensors';

/** Folds the batch norms and writes the packed artifact: from here on only that file counts. */
export async function runExportPhase(session: Session): Promise<ExportedArtifact> {
  await session.download();
  const { state, spec, ports } = session;
  const parameters = effectiveHostParameters(state.parameters);
  const codebooks = layerCodebooks(spec, state.network, state.parameters, state.frozen);
  const folded = foldNetwork({
    dense: spec.network,
    network: state.network,
    kept: state.kept,
    synapses: state.synapses,
    parameters: codebooks === null ? makeGammaPositive(state.network, parameters) : parameters,
    codebooks: codebooks ?? undefined,
  });
  const file = await ports.files.write(
    artifactName,
    writeArtifact(folded, { quantization: artifactQuantization(spec) }),
  );
  return {
    draft: {
      name: artifactName,
      format: artifactFormatOf(folded),
      mediaType: 'application/octet-stream',
      ...file,
    },
  };
}

const artifactQuantization = ({ quantization: { technique, levels, bits, group } }: ResolvedSpec) => ({
  technique,
  levels,
  bits,
  group,
});
