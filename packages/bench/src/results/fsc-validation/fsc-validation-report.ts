import { markdownTable } from '../output/markdown-table.ts';
import { describeOverSeeds, overSeeds, signed } from '../output/over-seeds.ts';
import { renderScatterChart, type ScatterPoint } from '../output/scatter-chart.ts';
import type { FinishedCell, ResultReport } from '../result-definition.ts';
import type { ChannelMeasurement, ChannelSpec } from './measure-channels.ts';
import { compareScores, type Interval, rankCorrelation, type ScoredLayer } from './rank-correlations.ts';

type Finished = FinishedCell<ChannelSpec, ChannelMeasurement>;

const reference = 'fsc';

export function reportChannels(finished: readonly Finished[]): ResultReport {
  const layers = [...new Set(finished[0]!.outcome.channels.map(({ layer }) => layer))];
  const bySeed = finished.map(({ outcome }) => layers.map((layer) => layerOf(outcome, layer)));
  const compared = compareScores(bySeed.flat(), reference);
  const scores = compared.map(({ score, correlation, below }) => {
    const ofSeeds = bySeed.map((own) => own.map(({ cost, scores }) => rankCorrelation(scores[score]!, cost)));
    return {
      score,
      layers: Object.fromEntries(
        layers.map((layer, index) => [layer, overSeeds(ofSeeds.map((own) => own[index]!))]),
      ),
      mean: overSeeds(ofSeeds.map((own) => own.reduce((sum, value) => sum + value, 0) / own.length)),
      interval: correlation,
      below,
    };
  });
  return {
    table: [
      markdownTable(
        ['score', ...layers, 'mean over layers', '95 % interval', '`fsc` less this, 95 % interval'],
        scores.map((row) => [
          `\`${row.score}\``,
          ...layers.map((layer) => describeOverSeeds(row.layers[layer]!, 2)),
          describeOverSeeds(row.mean, 2),
          rangeOf(row.interval),
          row.below === null ? '' : `${signed(row.below.value, 2)} ${rangeOf(row.below)}`,
        ]),
      ),
      wordsOf(finished, bySeed[0]!),
    ].join('\n\n'),
    plot: plotOf(
      finished,
      layers,
      compared.map(({ score }) => score),
    ),
    figures: { scores, wholeNetworks: finished.map(({ spec, outcome }) => ({ spec, ...outcome.whole })) },
  };
}

function layerOf({ channels }: ChannelMeasurement, layer: string): ScoredLayer {
  const own = channels.filter((channel) => channel.layer === layer);
  return {
    cost: own.map(({ lossIncrease }) => lossIncrease),
    scores: Object.fromEntries(
      Object.keys(own[0]?.scores ?? {}).map((name) => [name, own.map(({ scores }) => scores[name]!)]),
    ),
  };
}

const rangeOf = ({ low, high }: Interval): string => `[${signed(low, 2)}, ${signed(high, 2)}]`;

function wordsOf(finished: readonly Finished[], layers: readonly ScoredLayer[]): string {
  const { spec } = finished[0]!;
  const channels = layers.reduce((sum, { cost }) => sum + cost.length, 0);
  const accuracy = overSeeds(finished.map(({ outcome }) => 100 * outcome.whole.accuracy));
  return [
    `Spearman's ρ between a score (\`samples\`: ${spec.scoreSamples} training images) and the rise of the cross entropy on`,
    `${spec.validationSamples} validation images when that channel alone is silent, over each of ${channels} channels. ±: sample`,
    `standard deviation over ${finished.length === 1 ? 'seeds; here is one' : `${finished.length} seeds`}. Intervals: bootstrap over channels, paired between scores. The nets were`,
    `trained for ${spec.epochs} epochs on ${spec.trainSamples} images, a tenth of them for validation, and have ${describeOverSeeds(accuracy, 1)} % there.`,
  ].join('\n');
}

function plotOf(finished: readonly Finished[], layers: readonly string[], scores: readonly string[]): string {
  const panels = layers.flatMap((layer) =>
    scores.map((score) => ({
      title: `${layer}, ${score}`,
      points: finished.flatMap(({ spec, outcome }): ScatterPoint[] => {
        const { cost, scores: own } = layerOf(outcome, layer);
        const [x, y] = [ranks(own[score]!), ranks(cost)];
        return x.map((rank, channel) => ({ x: rank, y: y[channel]!, series: `seed ${spec.seed}` }));
      }),
    })),
  );
  return renderScatterChart({
    title: `What scores say of a channel, and what its silence costs: ${finished[0]!.spec.net}`,
    xAxis: 'rank of the score',
    yAxis: 'rank of the loss without it',
    columns: Math.max(1, scores.length),
    panels,
    width: 210,
    height: 210,
  });
}

/** 0 for the least; the ranks of ties follow their order. */
function ranks(values: readonly number[]): number[] {
  const ranked = new Array<number>(values.length);
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  for (const [rank, index] of order.entries()) ranked[index] = rank;
  return ranked;
}
