import type { Cell, ResultDefinition } from '../result-definition.ts';
import { reportChannels } from './fsc-validation-report.ts';
import {
  type ChannelDraft,
  type ChannelMeasurement,
  type ChannelSpec,
  measureChannels,
} from './measure-channels.ts';

type Definition = ResultDefinition<ChannelSpec, ChannelMeasurement>;

const seeds = [1, 2, 3];

const cellOf = (spec: ChannelSpec): Cell<ChannelSpec> => ({ label: `${spec.net}, seed ${spec.seed}`, spec });

const run: Definition['run'] = async (cells, context, keep, drafts) => {
  for (const cell of cells) {
    const draft = (await drafts.read(cell)) as ChannelDraft | undefined;
    const { seconds, measurement } = await measureChannels(cell.spec, context, draft, (next) =>
      drafts.write(cell, next),
    );
    await keep(cell, measurement, seconds);
  }
};

/** Does a score know which channels the network can spare? */
export const fscValidation: Definition = {
  summary: 'Spearman correlation of every score with the loss when a channel of `small` is silent',
  cells: ({ quick }) =>
    quick
      ? [
          cellOf({
            net: 'small',
            seed: 1,
            epochs: 2,
            trainSamples: 6_000,
            validationSamples: 600,
            scoreSamples: 512,
          }),
        ]
      : seeds.map((seed) =>
          cellOf({
            net: 'small',
            seed,
            epochs: 4,
            trainSamples: 20_000,
            validationSamples: 2_000,
            scoreSamples: 512,
          }),
        ),
  run,
  report: reportChannels,
};

/** The same of the convolutions of a larger net, from one seed. */
export const fscValidationOfCsnn: Definition = {
  summary: 'Spearman correlation of every score with the loss when a channel of `csnn` is silent',
  cells: ({ quick }) => [
    cellOf({
      net: 'csnn',
      seed: 1,
      epochs: quick ? 1 : 2,
      trainSamples: quick ? 1_000 : 10_000,
      validationSamples: quick ? 100 : 500,
      scoreSamples: quick ? 64 : 512,
    }),
  ],
  run,
  report: reportChannels,
};
