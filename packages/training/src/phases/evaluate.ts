import type { Report } from '@spikefit/contracts';
import { readArtifact } from '@spikefit/interchange';
import { disposeTensors, foldedParameters, toTensors } from '@spikefit/snn';
import { evaluate } from '../evaluate.ts';
import { InputEvents } from '../input-events.ts';
import { buildReport } from '../report.ts';
import type { Session } from '../session.ts';
import type { ExportedArtifact } from './export.ts';

/**
 * Reads the test set twice: once with the dense baseline, once with the network that is read back from the
 * artifact's file. Nothing of the compressed network in memory takes part.
 */
export async function runEvaluatePhase(session: Session, artifact: ExportedArtifact): Promise<Report> {
  const { state, spec, ports, samples } = session;
  const common = {
    split: ports.dataset.test,
    indices: samples.test,
    seed: spec.seed,
    breathe: ports.breathe,
  };

  const baselineParameters = state.baseline ?? state.parameters;
  const baselineTensors = toTensors(baselineParameters);
  const baselineEvents = new InputEvents(spec.network);
  const baseline = await evaluate({
    ...common,
    network: spec.network,
    parameters: baselineTensors,
    observe: baselineEvents,
  });
  disposeTensors(baselineTensors);

  const bytes = await ports.files.read(artifact.draft.path);
  const folded = readArtifact(bytes);
  const foldedTensors = toTensors(foldedParameters(folded));
  const compressedEvents = new InputEvents(folded.network);
  const compressed = await evaluate({
    ...common,
    network: folded.network,
    parameters: foldedTensors,
    observe: compressedEvents,
  });
  disposeTensors(foldedTensors);

  return buildReport({
    spec,
    ports,
    history: state.history,
    baseline: { evaluation: baseline, events: baselineEvents, parameters: baselineParameters },
    compressed: { evaluation: compressed, events: compressedEvents, folded },
    artifact: { sha256: artifact.draft.sha256, bytes, format: artifact.draft.format },
  });
}
