import { randomStream } from '@spikefit/specification';
import { mean, quantile, sampleRankCorrelation } from 'simple-statistics';

/** Channels of one layer of one net: what silence costs, beside what each score says. */
export interface ScoredLayer {
  readonly cost: readonly number[];
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface CorrelationOfScore {
  readonly score: string;
  /** Mean over all layers of all nets. */
  readonly correlation: Interval;
  /** The reference's mean less this one's, from the same resamples; null for the reference. */
  readonly below: Interval | null;
}

const resamples = 1000;

/** Spearman's ρ, ties at their mean rank; 0 where one side is constant, which ranks nothing. */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  const correlation = sampleRankCorrelation([...x], [...y]);
  return Number.isNaN(correlation) ? 0 : correlation;
}

/**
 * Mean rank correlation of each score with the cost, with 95 % percentile intervals of a bootstrap over the channels of each
 * layer. Every resample has the same channels for all scores, so differences are paired. The interval is of channels like
 * these; what differs between nets shows in the deviation over seeds.
 */
export function compareScores(layers: readonly ScoredLayer[], reference: string): CorrelationOfScore[] {
  const names = Object.keys(layers[0]?.scores ?? {});
  const whole = meansOver(layers, names, (layer) => layer.cost.map((_, channel) => channel));
  const drawn = Array.from({ length: resamples }, (_, round) =>
    meansOver(layers, names, ({ cost }, index) => {
      const random = randomStream(1, 'subset', round, index);
      return cost.map(() => random.integer(cost.length));
    }),
  );
  return names.map((score) => ({
    score,
    correlation: intervalOf(
      whole[score]!,
      drawn.map((means) => means[score]!),
    ),
    below:
      score === reference
        ? null
        : intervalOf(
            whole[reference]! - whole[score]!,
            drawn.map((means) => means[reference]! - means[score]!),
          ),
  }));
}

function meansOver(
  layers: readonly ScoredLayer[],
  names: readonly string[],
  choose: (layer: ScoredLayer, index: number) => readonly number[],
): Record<string, number> {
  const chosen = layers.map((layer, index) => {
    const channels = choose(layer, index);
    return { layer, channels, cost: channels.map((channel) => layer.cost[channel]!) };
  });
  return Object.fromEntries(
    names.map((name) => [
      name,
      mean(
        chosen.map(({ layer, channels, cost }) =>
          rankCorrelation(
            channels.map((channel) => layer.scores[name]![channel]!),
            cost,
          ),
        ),
      ),
    ]),
  );
}

function intervalOf(value: number, drawn: number[]): Interval {
  const [low, high] = quantile(drawn, [0.025, 0.975]) as [number, number];
  return { value, low, high };
}
