import { equalizeUnits, fillPruned, foldNetwork, makeGammaPositive } from '@spikefit/compression';
import type { ArtifactDraft, ResolvedSpec } from '@spikefit/contracts';
import { artifactFormatOf, writeArtifact } from '@spikefit/interchange';
import { effectiveHostParameters } from '../parameters.ts';
import { layerCodebooks, usesCodebooks, withCodebooks } from '../quantization.ts';
import type { Session } from '../session.ts';
import { quantizes } from '../techniques.ts';

export interface ExportedArtifact {
  readonly draft: ArtifactDraft;
}

const artifactName = 'network.spikefit.safetensors';

/**
 * Quantises what a technique after training has left for now, folds the batch norms and writes the packed artifact: from
 * here on only that file counts.
 */
export async function runExportPhase(session: Session): Promise<ExportedArtifact> {
  await session.download();
  const { state, spec, ports } = session;
  const positive = makeGammaPositive(state.network, effectiveHostParameters(state.parameters));
  const isTrained = usesCodebooks(positive) || !quantizes(spec);
  const parameters = isTrained ? positive : equalizeUnits(state.network, positive, spec.quantization.group);
  const codebooks = layerCodebooks(
    spec,
    state.network,
    isTrained ? parameters : withCodebooks(spec, state.network, fillPruned(parameters, state.synapses)),
    state.frozen,
  );
  const folded = foldNetwork({
    dense: spec.network,
    network: state.network,
    kept: state.kept,
    synapses: state.synapses,
    parameters,
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
