import type { Network } from '@spikefit/contracts';
import { type HostParameters, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import type { InputMoments } from '../evaluation/input-moments.ts';
import { leastFactor, scaledVariance } from '../folding/equalize-units.ts';
import { nearestRank } from './assign.ts';
import type { LevelGroup } from './level-groups.ts';
import { groupValues } from './options.ts';

/** The ascent starts from the weights times each of these; the best end is kept. */
const startingScales = [0.5, 0.7, 1, 1.4, 2] as const;
/** Up to so many inputs and levels, pairs of weights change together, too. */
const mostPaired = 64;
const mostPairedLevels = 16;
/** For every input: with fewer rows a covariance knows nothing of many directions. */
const leastRows = 4;
const mostRounds = 50;
/** Of the mean variance, added to every input's: weights of inputs that never vary stay near their own. */
const ridge = 1e-3;

/**
 * Weights that quantise to what keeps the outputs of a unit, rather than the weights, as they were. Inputs of a unit go together,
 * neighbouring pixels above all, so rounding each weight by itself can turn an edge filter into one that sees brightness. A
 * batch norm takes out scale and shift, so what counts of a unit with weights w and levels q is the share of the variance of its
 * output that is explained,
 *   (qᵀΣw)² / (qᵀΣq · wᵀΣw),   Σ the covariance of its inputs;
 * it is climbed by changing one level at a time, of few inputs two, from the nearest levels of w at several scales, until nothing
 * helps (coordinate descent; the criterion is that of Nagel et al. 2020 and Frantar et al. 2023 with a free scale). Weights whose level is
 * not the nearest of g·w, g the scale of best fit, become that level, the others g·w, within the levels; running mean and variance follow. Layers
 * without moments, or with those of too few rows, stay as they are. The input is not changed.
 */
export async function fitAssignments(
  network: Network,
  parameters: HostParameters,
  {
    moments,
    levelsOf,
    breathe = async () => {},
  }: {
    readonly moments: Readonly<Record<string, InputMoments>>;
    /** The levels of a layer's unit. */
    readonly levelsOf: (layerId: string, unit: number) => LevelGroup;
    /** Awaited between units. */
    readonly breathe?: () => Promise<void>;
  },
): Promise<HostParameters> {
  const next: HostParameters = { ...parameters };
  for (const { weight, batchNorm } of networkBlocks(network)) {
    const inputs = moments[weight.id];
    if (batchNorm === null || inputs === undefined || inputs.rows < leastRows * inputs.mean.length) continue;
    const copyOf = (name: string): Float32Array => {
      const { shape, data } = parameters[name]!;
      const copy = data.slice();
      next[name] = { shape: [...shape], data: copy };
      return copy;
    };
    const weights = copyOf(parameterNames.weights(weight.id));
    const bias = parameters[parameterNames.bias(weight.id)]?.data;
    const mean = copyOf(parameterNames.mean(batchNorm.id));
    const variance = copyOf(parameterNames.variance(batchNorm.id));
    const units = mean.length;
    const search = new Search(inputs);
    for (let unit = 0; unit < units; unit++) {
      await breathe();
      const own = Float64Array.from(
        groupValues(parameters[parameterNames.weights(weight.id)]!, 'channel', unit),
      );
      const level = levelsOf(weight.id, unit);
      const fit = search.run(own, level);
      if (fit === null || fit.ratio < leastFactor(variance[unit]!)) continue;
      const shift = bias?.[unit] ?? 0;
      mean[unit] =
        fit.ratio * (mean[unit]! - shift - dot(inputs.mean, own)) + dot(inputs.mean, fit.values) + shift;
      variance[unit] = scaledVariance(variance[unit]!, fit.ratio);
      const { values } = level.table;
      for (const [i, value] of fit.values.entries()) {
        const scaled = Math.fround(fit.scale * own[i]!);
        const isNearest = values[nearestRank(level.table, scaled)] === value;
        const within = Math.min(values.at(-1)!, Math.max(values[0]!, scaled));
        weights[i * units + unit] = isNearest ? within : value;
      }
    }
  }
  return next;
}

interface Fit {
  readonly values: Float64Array;
  /** g of g·w ≈ q. */
  readonly scale: number;
  /** √(qᵀΣq / wᵀΣw): how much larger the outputs are. */
  readonly ratio: number;
}

class Search {
  readonly #n: number;
  readonly #least: number;
  /** With the ridge. */
  readonly #covariance: Float64Array;

  constructor({ mean, covariance }: InputMoments) {
    this.#n = mean.length;
    let trace = 0;
    for (let i = 0; i < this.#n; i++) trace += covariance[i * this.#n + i]!;
    this.#least = (ridge * trace) / this.#n;
    this.#covariance = covariance.map((value, at) =>
      at % (this.#n + 1) === 0 ? value + this.#least : value,
    );
  }

  /** Null for a unit, or inputs, without any variance. */
  run(own: Float64Array, { table }: LevelGroup): Fit | null {
    const toOwn = this.#times(own);
    const ownVariance = dot(own, toOwn) - this.#least * dot(own, own);
    if (!(ownVariance > 0)) return null;
    let best: Climb | undefined;
    for (const scale of startingScales) {
      const values = Float64Array.from(own, (w) => table.values[nearestRank(table, scale * w)]!);
      const climb = new Climb(this.#covariance, toOwn, values, this.#times(values));
      climb.run(table.values);
      if (best === undefined || climb.score > best.score) best = climb;
    }
    if (best === undefined || !(best.score > 0)) return null;
    const { values, variance, product } = best;
    const plain = variance - this.#least * dot(values, values);
    return { values, scale: variance / product, ratio: Math.sqrt(Math.max(0, plain) / ownVariance) };
  }

  #times(x: Float64Array): Float64Array {
    const n = this.#n;
    const result = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += this.#covariance[i * n + j]! * x[j]!;
      result[i] = sum;
    }
    return result;
  }
}

/** One ascent of (qᵀΣw)²/qᵀΣq. */
class Climb {
  readonly #covariance: Float64Array;
  /** Σw. */
  readonly #toOwn: Float64Array;
  readonly values: Float64Array;
  /** Σq. */
  readonly #toValues: Float64Array;
  /** qᵀΣw. */
  product: number;
  /** qᵀΣq. */
  variance: number;

  constructor(covariance: Float64Array, toOwn: Float64Array, values: Float64Array, toValues: Float64Array) {
    this.#covariance = covariance;
    this.#toOwn = toOwn;
    this.values = values;
    this.#toValues = toValues;
    this.product = dot(values, toOwn);
    this.variance = dot(values, toValues);
  }

  get score(): number {
    return scoreOf(this.product, this.variance);
  }

  run(levels: Float32Array): void {
    const n = this.values.length;
    for (let round = 0; round < mostRounds; round++) {
      let changed = false;
      for (let i = 0; i < n; i++) changed = this.#changeOne(i, levels) || changed;
      if (n <= mostPaired && levels.length <= mostPairedLevels) {
        for (let i = 0; i < n; i++)
          for (let j = 0; j < i; j++) changed = this.#changeTwo(i, j, levels) || changed;
      }
      if (!changed) return;
    }
  }

  #changeOne(i: number, levels: Float32Array): boolean {
    const n = this.values.length;
    const own = this.#covariance[i * n + i]!;
    let best = this.score * (1 + 1e-9);
    let step = 0;
    for (const level of levels) {
      const d = level - this.values[i]!;
      if (d === 0) continue;
      const score = scoreOf(
        this.product + d * this.#toOwn[i]!,
        this.variance + 2 * d * this.#toValues[i]! + d * d * own,
      );
      if (score > best) [best, step] = [score, d];
    }
    if (step === 0) return false;
    this.#change(i, step);
    return true;
  }

  #changeTwo(i: number, j: number, levels: Float32Array): boolean {
    const n = this.values.length;
    const [ii, jj, ij] = [i * n + i, j * n + j, i * n + j].map((at) => this.#covariance[at]!) as [
      number,
      number,
      number,
    ];
    let best = this.score * (1 + 1e-9);
    let steps: [number, number] | undefined;
    for (const a of levels) {
      const d = a - this.values[i]!;
      if (d === 0) continue;
      const product = this.product + d * this.#toOwn[i]!;
      const variance = this.variance + 2 * d * this.#toValues[i]! + d * d * ii;
      for (const b of levels) {
        const e = b - this.values[j]!;
        if (e === 0) continue;
        const score = scoreOf(
          product + e * this.#toOwn[j]!,
          variance + 2 * e * (this.#toValues[j]! + d * ij) + e * e * jj,
        );
        if (score > best) [best, steps] = [score, [d, e]];
      }
    }
    if (steps === undefined) return false;
    this.#change(i, steps[0]);
    this.#change(j, steps[1]);
    return true;
  }

  #change(i: number, step: number): void {
    const n = this.values.length;
    this.product += step * this.#toOwn[i]!;
    this.variance += 2 * step * this.#toValues[i]! + step * step * this.#covariance[i * n + i]!;
    for (let j = 0; j < n; j++) this.#toValues[j]! += step * this.#covariance[i * n + j]!;
    this.values[i]! += step;
  }
}

/** A unit whose output would be turned round explains nothing. */
const scoreOf = (product: number, variance: number): number =>
  product > 0 && variance > 0 ? product ** 2 / variance : 0;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
