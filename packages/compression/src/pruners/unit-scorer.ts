import type { Network } from '@spikefit/contracts';
import type { ForwardOptions } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import type * as tf from '@tensorflow/tfjs-core';

/** Images [B, H, W, C] in 0..1, or frames of events [T·B, H, W, C], and labels [B] int32. The scorer disposes them. */
export interface ScoreBatch {
  readonly input: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** For rate encoding. */
  readonly stream?: ForwardOptions['stream'];
}

export interface ScoringInput {
  /** What gets a score. Default: channels. */
  readonly unit?: 'channel' | 'neuron' | undefined;
  /** As it stands, and its parameters. */
  readonly network: Network;
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Gives the weights that the network computes with. */
  readonly weights?: ForwardOptions['weights'];
  readonly batches: Iterable<ScoreBatch> | AsyncIterable<ScoreBatch>;
  /** The labels that gradients are taken at: the data set's, or drawn from what the network predicts. */
  readonly labels: 'true' | 'sampled';
  /** Streams of random numbers are functions of these two. */
  readonly seed: number;
  readonly round: number;
}

/** By weight layer id, in the units' present order; neurons by row, column and channel. Those that are gone have some score too. */
export type UnitScores = Readonly<Record<string, Float64Array>>;

/** How much every unit of every prunable layer matters: the least goes first. Never negative. */
export type UnitScorer = (input: ScoringInput) => Promise<UnitScores>;

export interface ScoredLayer {
  readonly weightId: string;
  readonly neuronId: string;
  readonly units: number;
  /** Of the gates that tell a sample's units apart. */
  readonly gateShape: readonly number[];
}

/** The layers whose units are scored: all that spike but the last. */
export const scoredLayers = ({ network, unit }: Pick<ScoringInput, 'network' | 'unit'>): ScoredLayer[] =>
  networkBlocks(network).flatMap(({ weight, neuron, isOutput }) => {
    if (isOutput || neuron === null) return [];
    const [height, width, channels] = neuron.outputShape;
    return unit === 'neuron'
      ? [
          {
            weightId: weight.id,
            neuronId: neuron.id,
            units: height * width * channels,
            gateShape: neuron.outputShape,
          },
        ]
      : [{ weightId: weight.id, neuronId: neuron.id, units: channels, gateShape: [channels] }];
  });

/** A sum for every unit of every scored layer, all 0. */
export const emptySums = (layers: readonly ScoredLayer[]): Record<string, Float64Array> =>
  Object.fromEntries(layers.map(({ weightId, units }) => [weightId, new Float64Array(units)]));
