import {
  defaultNeuron,
  denseSizeBits,
  findQuantizationTechnique,
  inferNetwork,
  pruningTechniques,
  quantizationTechniques,
} from '@spikefit/specification';
import { type Comparison, denseRow, type GridRow } from './grid.ts';

/** Epochs of every job of a grid, and of the dense one: who trains longer does not win for that. */
export interface Epochs {
  readonly pretrain: number;
  /** Of clustering, of pruning's rounds together, and of fine-tuning, where a method has them. */
  readonly cluster: number;
  readonly prune: number;
  readonly finetune: number;
}

export const fullEpochs: Epochs = { pretrain: 4, cluster: 2, prune: 1, finetune: 2 };
export const quickEpochs: Epochs = { pretrain: 2, cluster: 1, prune: 1, finetune: 1 };

export type Quantization = NonNullable<GridRow['method']['quantization']>;
export type Pruning = NonNullable<GridRow['method']['pruning']>;

const noPruning: Pruning = { technique: 'none' };
const noQuantization: Quantization = { technique: 'none' };

const total = ({ pretrain, cluster, prune, finetune }: Epochs): number =>
  pretrain + cluster + prune + finetune;

/** Techniques of the catalogue, whatever it has. */
const idsOf = (techniques: readonly { readonly id: string }[]): string[] =>
  techniques.map(({ id }) => id).filter((id) => id !== 'none');
/** Those that know this number of levels, stored in so many bits. */
export const quantizersAt = ({ levels, bits }: { levels: number; bits: number }): string[] =>
  idsOf(
    quantizationTechniques.filter(
      ({ onlyLevels, needsSpareCodes }) =>
        (onlyLevels === null || onlyLevels === levels) && (!needsSpareCodes || levels < 2 ** bits),
    ),
  );
export const pruners: readonly string[] = idsOf(pruningTechniques);

export const dense = (epochs: Epochs): GridRow => ({
  id: denseRow,
  family: denseRow,
  method: { quantization: noQuantization, pruning: noPruning },
  training: { pretrainEpochs: total(epochs), catEpochs: 1, finetuneEpochs: 1 },
});

/** The epochs that pruning would have taken go to the clustering; after training there is none, and all are dense. */
export const quantized = (
  id: string,
  quantization: Quantization & { readonly technique: string },
  epochs: Epochs,
): GridRow => ({
  id,
  family: quantization.technique,
  method: { quantization, pruning: noPruning },
  training: findQuantizationTechnique(quantization.technique)?.trains
    ? {
        pretrainEpochs: epochs.pretrain,
        catEpochs: epochs.cluster + epochs.prune,
        finetuneEpochs: epochs.finetune,
      }
    : { pretrainEpochs: total(epochs), catEpochs: 1, finetuneEpochs: 1 },
});

/** The epochs that clustering would have taken go to the fine-tuning. */
export const pruned = (
  id: string,
  pruning: Pruning & { readonly technique: string },
  epochs: Epochs,
): GridRow => ({
  id,
  family: pruning.technique,
  method: { quantization: noQuantization, pruning: withRecovery(pruning, epochs) },
  training: {
    pretrainEpochs: epochs.pretrain,
    catEpochs: 1,
    finetuneEpochs: epochs.cluster + epochs.finetune,
  },
});

const twinId = (id: string): string => `${id}, ANN twin`;

/** The same of the network's bit-matched ANN twin. */
export const twinOf = (row: GridRow): GridRow => ({
  ...row,
  id: twinId(row.id),
  family: 'ANN twin',
  activation: 'quantized-relu',
});

/** Each of the rows against its twin. */
export const againstTwins = (ids: readonly string[]): Comparison[] =>
  ids.map((id) => ({ title: `${id} against its ANN twin`, first: id, others: [twinId(id)] }));

/** Both in one job, one after the other or together. */
export const both = (
  id: string,
  family: string,
  { pruning, ...others }: Required<GridRow['method']>,
  epochs: Epochs,
): GridRow => ({
  id,
  family,
  method: { ...others, pruning: withRecovery(pruning, epochs) },
  training: {
    pretrainEpochs: epochs.pretrain,
    catEpochs: epochs.cluster,
    finetuneEpochs: epochs.finetune,
  },
});

/** The rounds share the epochs of pruning. */
const withRecovery = (pruning: Pruning, { prune }: Epochs): Pruning => {
  const steps = pruning.steps ?? 4;
  return { ...pruning, steps, recoveryEpochs: prune / steps };
};

export const fraction = (value: number): NonNullable<Pruning['budget']> => ({ kind: 'fraction', value });

/** Bits that may remain of a net for Fashion-MNIST; `share` of the dense network's 32-bit floats is gone, as docs/method.md counts them. */
export const smallerBy = (architecture: string, share: number): NonNullable<Pruning['budget']> => {
  const network = inferNetwork({
    architecture,
    inputShape: [28, 28, 1],
    classes: 10,
    timeSteps: 4,
    encoder: 'direct',
    neuron: defaultNeuron,
  });
  return { kind: 'size', value: Math.floor(denseSizeBits(network) * (1 - share)) };
};

/**
 * Where nearly everything goes. With the usual floors, 4 channels or a tenth of a layer, 85 of `small`'s 96 channels may go at
 * most, which leaves scores no choice between layers.
 */
export const lowFloors: Pick<Pruning, 'floorUnits' | 'floorFraction'> = {
  floorUnits: 2,
  floorFraction: 0.05,
};

export const fourLevels: Quantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
