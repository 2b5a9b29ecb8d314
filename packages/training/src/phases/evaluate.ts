import { CodedError, type Report, type ResolvedSpec } from '@spikefit/contracts';
import { unmetLimits } from '@spikefit/hardware';
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

  const report = buildReport({
    spec,
    ports,
    history: state.history,
    baseline: { evaluation: baseline, events: baselineEvents, parameters: baselineParameters },
    compressed: { evaluation: compressed, events: compressedEvents, folded },
    artifact: { sha256: artifact.draft.sha256, bytes, format: artifact.draft.format },
  });
  assertFits(spec, report);
  return report;
}

/** A budget `fit` promises a network that fits: the exported one is judged, not the plan. */
function assertFits({ pruning, target }: ResolvedSpec, { fit }: Report): void {
  if (pruning.budget.kind !== 'fit' || pruning.technique === 'none') return;
  const unmet = unmetLimits(fit);
  if (unmet.length === 0) return;
  throw new CodedError(
    'job.cannot-fit',
    `the exported network does not fit ${target.id}: ${unmet.map(({ name, required, available }) => `${name} ${required} of ${available}`).join('; ')}`,
  );
}
