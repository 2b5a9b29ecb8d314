import type { JobRequest, ResolvedSpec } from '@spikefit/contracts';
import { findDataset } from '../catalogues/datasets.ts';
import { defaults } from '../defaults.ts';
import { checkTwin } from './check-twin.ts';
import { Problems } from './problems.ts';
import { resolveDataset } from './resolve-dataset.ts';
import { resolveModel } from './resolve-model.ts';
import { resolvePruning } from './resolve-pruning.ts';
import { resolveQuantization } from './resolve-quantization.ts';
import { resolveTarget, type TargetCatalogue } from './resolve-target.ts';
import { resolveTraining } from './resolve-training.ts';

/**
 * What a request means: every default filled in, every name looked up, every part judged against the others.
 * `request` has passed its schema. The same judge for the API, the trainer and the client; it depends on nothing but
 * its arguments. Throws one CodedError with all problems in `errors`, each with its JSON pointer, and with the code of
 * the first of them.
 */
export function resolveJobRequest(request: JobRequest, catalogue: TargetCatalogue): ResolvedSpec {
  const problems = new Problems();
  const description = findDataset(request.dataset.id);
  const network = resolveModel(request.model, description, problems);
  const dataset = resolveDataset(request, description, problems);
  const target = resolveTarget(request.target, catalogue, problems);
  const quantization = resolveQuantization(request.method?.quantization ?? {}, target, network, problems);
  const trainingSamples =
    dataset === undefined ? undefined : dataset.trainSamples - dataset.validationSamples;
  const pruning = resolvePruning(
    request.method?.pruning ?? {},
    network,
    quantization,
    trainingSamples,
    problems,
  );
  if (network !== undefined) checkTwin(network, pruning, problems);
  const training = resolveTraining(request.training ?? {}, description, problems);
  problems.throwIfAny();
  return {
    specVersion: 1,
    // Each is undefined only where a problem was found.
    network: network!,
    dataset: dataset!,
    target: target!,
    quantization,
    pruning,
    composition: request.method?.composition ?? defaults.composition,
    training,
    seed: request.seed ?? defaults.seed,
    limits: { maxRuntimeSeconds: request.limits?.maxRuntimeSeconds ?? defaults.limits.maxRuntimeSeconds },
  };
}
