import type { JobRequest, Network, NeuronSettings } from '@spikefit/contracts';
import { inferNetwork } from '../architecture/infer-network.ts';
import { checkOrder } from '../architecture/rules.ts';
import { parseArchitecture } from '../architecture/tokens.ts';
import type { DatasetDescription } from '../catalogues/datasets.ts';
import { defaultNeuron, defaultSurrogateParameters, defaults } from '../defaults.ts';
import type { Problems } from './problems.ts';

/** Without a known data set only the string itself can be judged. */
export function resolveModel(
  model: JobRequest['model'],
  dataset: DatasetDescription | undefined,
  problems: Problems,
): Network | undefined {
  const { architecture } = model;
  if (dataset === undefined) {
    problems.collect(() => checkOrder(parseArchitecture(architecture)));
    return undefined;
  }
  return problems.collect(() =>
    inferNetwork({
      architecture,
      inputShape: dataset.shape,
      classes: dataset.classes.length,
      timeSteps: model.timeSteps ?? defaults.timeSteps,
      encoder: model.encoder ?? defaults.encoder,
      neuron: resolveNeuron(model.neuron ?? {}),
    }),
  );
}

function resolveNeuron(request: NonNullable<JobRequest['model']['neuron']>): NeuronSettings {
  const { surrogate, ...settings } = request;
  const name = surrogate?.name ?? defaultNeuron.surrogate.name;
  const parameter = surrogate?.parameter ?? defaultSurrogateParameters[name];
  return { ...defaultNeuron, ...withoutUndefined(settings), surrogate: { name, parameter } };
}

/** Members that are `undefined` at run time must not hide a default. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
