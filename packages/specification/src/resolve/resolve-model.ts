import type { Dataset, Encoder, JobRequest, Network, NeuronSettings } from '@spikefit/contracts';
import { inferNetwork } from '../architecture/infer-network.ts';
import { checkOrder } from '../architecture/rules.ts';
import { parseArchitecture, type Token } from '../architecture/tokens.ts';
import { defaultNeuron, defaultSurrogateParameters, defaults } from '../defaults.ts';
import type { Problems } from './problems.ts';

/** Without a known data set only the string itself and the neuron can be judged. */
export function resolveModel(
  model: JobRequest['model'],
  dataset: Dataset | undefined,
  problems: Problems,
): Network | undefined {
  const { architecture } = model;
  const neuron = resolveNeuron(model.neuron ?? {});
  const tokens = problems.collect(() => parseArchitecture(architecture));
  if (tokens === undefined) return undefined;
  const activation = model.activation ?? 'spikes';
  if (activation === 'spikes') checkDecay(tokens, neuron, problems);
  if (dataset === undefined) {
    problems.collect(() => checkOrder(tokens));
    return undefined;
  }
  const encoder = model.encoder ?? (dataset.kind === 'events' ? 'event' : 'direct');
  checkEncoder(encoder, dataset, problems);
  if (activation === 'quantized-relu' && encoder !== 'direct') {
    problems.add(
      'spec.activation-invalid',
      '/model/activation',
      `quantized-relu computes in one pass what the encoder ${encoder} spreads over time: it takes an image data set and the encoder direct`,
    );
  }
  return problems.collect(() =>
    inferNetwork({
      architecture,
      inputShape: dataset.shape,
      classes: dataset.classes.length,
      timeSteps: model.timeSteps ?? defaults.timeSteps,
      encoder,
      // A ReLU has no reset: 0 is what takes no place in the artifact.
      neuron: activation === 'spikes' ? neuron : { ...neuron, resetValue: 0 },
      activation,
    }),
  );
}

function checkEncoder(encoder: Encoder, { id, kind }: Dataset, problems: Problems): void {
  if ((encoder === 'event') === (kind === 'events')) return;
  const fitting = kind === 'events' ? 'event' : 'direct or rate';
  problems.add(
    'spec.dataset-mismatch',
    '/model/encoder',
    `the encoder is ${encoder}, and ${id} consists of ${kind}: it takes ${fitting}`,
  );
}

/** The decay 1/τ that a PLIF learns is σ(w), which 1 is not. */
function checkDecay(tokens: readonly Token[], { tau }: NeuronSettings, problems: Problems): void {
  const learnsDecay = tokens.some((token) => token.kind === 'neuron' && token.neuron === 'plif');
  if (!learnsDecay || tau > 1) return;
  problems.add(
    'spec.training-invalid',
    '/model/neuron/tau',
    `tau is ${tau}; where the network has a PLIF it must be above 1, as the decay 1/tau that it learns is below 1`,
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
