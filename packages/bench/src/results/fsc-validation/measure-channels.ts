import {
  allUnits,
  pruneParameters,
  type ScoreBatch,
  type UnitScores,
  unitScorers,
} from '@spikefit/compression';
import type { Network } from '@spikefit/contracts';
import { openDataset, type Split, selectSamples, splitValidation } from '@spikefit/datasets';
import { disposeTensors, type HostParameters, toHostParameters, toTensors } from '@spikefit/snn';
import { defaultNeuron, prunableLayers, pruneNetwork, randomStream } from '@spikefit/specification';
import { useBackend } from '../../step/bench-backend.ts';
import { buildNetwork, type NetName, nets } from '../../step/nets.ts';
import { readImages, trainEpochs } from '../../step/train-epochs.ts';
import { TrainingStep } from '../../step/training-step.ts';
import type { ResultContext } from '../result-definition.ts';
import { lossOf, type Outcome, readHeldOut } from './held-out-loss.ts';

/** One net from one seed. */
export interface ChannelSpec {
  readonly net: Extract<NetName, 'small' | 'csnn'>;
  readonly seed: number;
  readonly epochs: number;
  /** Includes the tenth that is cut off for validation. */
  readonly trainSamples: number;
  /** Of the validation split: what a silent channel costs is measured on these. */
  readonly validationSamples: number;
  /** Of the training split: what scores look at. */
  readonly scoreSamples: number;
}

export interface ChannelOutcome {
  readonly layer: string;
  readonly unit: number;
  /** Loss without the channel less loss with it, mean over the samples. */
  readonly lossIncrease: number;
  /** Share of the samples. */
  readonly accuracyDrop: number;
  /** By the name of the score. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface ChannelMeasurement {
  readonly runsOn: string;
  /** Of the whole network, on the validation samples. */
  readonly whole: Outcome;
  readonly channels: readonly ChannelOutcome[];
}

/** What an interrupted command has measured. */
export interface ChannelDraft {
  readonly measurement: ChannelMeasurement;
  /** It took. */
  readonly seconds: number;
}

/** Images that are scored at once. */
const scoreBatch = 64;

/**
 * Trains a net, then silences every channel of every convolution alone: what the validation loss is without it, beside what
 * every score of the catalogue says of it. Each channel is handed to `save` with those before it. With the `draft` of an
 * interrupted command the net is trained and scored again, which takes less time than the channels do, and these go on where
 * they were, if the net is the same to the last bit.
 */
export async function measureChannels(
  spec: ChannelSpec,
  context: ResultContext,
  draft: ChannelDraft | undefined,
  save: (draft: ChannelDraft) => Promise<void>,
): Promise<ChannelDraft> {
  const started = performance.now();
  const { datasetDirectory, threads, hint, breathe } = context;
  const runsOn = await useBackend('native', threads);
  const { train: split } = await openDataset('fashion-mnist', await datasetDirectory());
  const network = networkOf(spec.net);
  const { train, validation } = chooseSamples(split, network, spec);
  const parameters = await trainNet(network, spec, { split, indices: train, context });
  const layers = prunableLayers(network).filter(({ id }) =>
    network.layers.some((layer) => layer.id === id && layer.kind === 'conv'),
  );
  const scores = await scoreChannels(network, parameters, { split, train, spec });
  const heldOut = readHeldOut(split, validation.subarray(0, spec.validationSamples));
  const whole = await lossOf(network, parameters, heldOut);
  const of = layers.reduce((sum, { units }) => sum + units, 0);
  const before = isOfSameNet(draft, { runsOn, whole }) ? draft : undefined;
  const channels: ChannelOutcome[] = [...(before?.measurement.channels ?? [])];
  const made = (): ChannelDraft => ({
    measurement: { runsOn, whole, channels },
    seconds: (before?.seconds ?? 0) + (performance.now() - started) / 1000,
  });
  for (const { id, units } of layers) {
    for (let unit = 0; unit < units; unit++) {
      if (channels.some((channel) => channel.layer === id && channel.unit === unit)) continue;
      hint(`channel ${channels.length + 1} of ${of} left out`);
      await breathe();
      const without = await lossWithout(network, parameters, { id, unit }, heldOut);
      channels.push({
        layer: id,
        unit,
        lossIncrease: without.loss - whole.loss,
        accuracyDrop: whole.accuracy - without.accuracy,
        scores: Object.fromEntries(
          Object.entries(scores).map(([name, values]) => [name, values[id]![unit]!]),
        ),
      });
      await save(made());
    }
  }
  heldOut.dispose();
  return made();
}

/** Equal losses of the whole net, to the last bit, are taken for equal nets. */
const isOfSameNet = (
  draft: ChannelDraft | undefined,
  { runsOn, whole }: Pick<ChannelMeasurement, 'runsOn' | 'whole'>,
): boolean =>
  draft !== undefined && draft.measurement.runsOn === runsOn && draft.measurement.whole.loss === whole.loss;

/** The net as jobs train it: without a neuron after the last layer. */
function networkOf(net: ChannelSpec['net']): Network {
  const { architecture, inputShape, integrates } = nets[net];
  const kind = integrates ? 'if' : 'lif';
  return buildNetwork(
    { architecture: architecture.replace(/-\*$/, ''), inputShape },
    { kind, settings: defaultNeuron },
    4,
  );
}

function chooseSamples(
  { labels }: Split,
  { classes }: Network,
  { seed, trainSamples }: ChannelSpec,
): { train: Int32Array; validation: Int32Array } {
  const indices = selectSamples({ labels, classes, count: trainSamples, seed, which: 'train' });
  const { train, validation } = splitValidation({ labels, indices, fraction: 0.1, classes, seed });
  randomStream(seed, 'subset', 2).shuffle(validation);
  return { train, validation };
}

async function trainNet(
  network: Network,
  { seed, epochs }: ChannelSpec,
  { split, indices, context }: { split: Split; indices: Int32Array; context: ResultContext },
): Promise<HostParameters> {
  const training = new TrainingStep(network, { loss: 'cross-entropy', seed });
  try {
    await trainEpochs(training, {
      split,
      indices,
      seed,
      epochs,
      onStep: ({ done, of, loss }) => {
        context.hint(`training step ${done} of ${of}, loss ${loss.toFixed(3)}`);
        return context.breathe();
      },
    });
    return await toHostParameters(training.parameters);
  } finally {
    training.dispose();
  }
}

/** Every score of the catalogue at the true labels, and FSC at labels drawn from what the network predicts. */
async function scoreChannels(
  network: Network,
  host: HostParameters,
  { split, train, spec }: { split: Split; train: Int32Array; spec: ChannelSpec },
): Promise<Record<string, UnitScores>> {
  const { seed } = spec;
  const indices = randomStream(seed, 'fsc', 0).shuffle(train.slice()).subarray(0, spec.scoreSamples);
  const parameters = toTensors(host);
  const scores: Record<string, UnitScores> = {};
  try {
    for (const [name, scorer] of Object.entries(unitScorers)) {
      for (const labels of name === 'fsc' ? (['true', 'sampled'] as const) : (['true'] as const)) {
        const input = { network, parameters, batches: batchesOf(split, indices), labels, seed, round: 0 };
        scores[labels === 'true' ? name : `${name}, ${labels} labels`] = await scorer(input);
      }
    }
  } finally {
    disposeTensors(parameters);
  }
  return scores;
}

function* batchesOf(split: Split, indices: Int32Array): Generator<ScoreBatch> {
  for (let from = 0; from < indices.length; from += scoreBatch) {
    const { images, labels } = readImages(split, indices, from, Math.min(indices.length, from + scoreBatch));
    yield { input: images, labels };
  }
}

/** A silent channel is one that is not there. */
function lossWithout(
  network: Network,
  parameters: HostParameters,
  { id, unit }: { id: string; unit: number },
  heldOut: ReturnType<typeof readHeldOut>,
): Promise<Outcome> {
  const keptNow = allUnits(network);
  const keptNext = { ...keptNow, [id]: keptNow[id]!.filter((other) => other !== unit) };
  return lossOf(
    pruneNetwork(network, keptNext),
    pruneParameters({ network, keptNow, keptNext, parameters }),
    heldOut,
  );
}
