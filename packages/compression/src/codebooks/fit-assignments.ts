import type { Network } from '@spikefit/contracts';
import { batchNormEpsilon, type HostParameters, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import type { InputMoments } from '../evaluation/input-moments.ts';
import { nearestRank } from './assign.ts';
import type { LevelGroup } from './level-groups.ts';

/** Weights of a unit are first brought to these sizes, in shares of their own; the best end is kept. */
const startingSizes = [0.5, 0.7, 1, 1.4, 2] as const;
/** Up to so many inputs pairs of weights change together, too. */
const mostPaired = 64;
const mostRounds = 50;
/** Of the mean variance, added to every input's: weights of inputs that never vary stay near their own. */
const ridge = 1e-3;

/**
 * Weights that quantise to what keeps the outputs of a unit, rather than the weights, as they were. Inputs of a unit go together,
 * neighbouring pixels above all, so rounding each weight by itself can turn an edge filter into one that sees brightness. A
 * batch norm takes out scale and shift, so what counts of a unit with weights w and levels q is the share of the variance of its
 * output that is explained,
 *   (qᵀΣw)² / (qᵀΣq · wᵀΣw),   Σ the covariance of its inputs;
 * it is climbed by changing one level at a time, of few inputs two, from the nearest levels of w in several sizes, until nothing
 * helps (coordinate descent; the criterion is that of Nagel et al. 2020 and Frantar et al. 2023 with a free scale). Weights whose level is
 * not the nearest of g·w, g the size of best fit, become that level, the others g·w; running mean and variance follow. Layers without moments stay
 * as they are. The input is not changed.
 */
export function fitAssignments(
  network: Network,
  parameters: HostParameters,
  {
    moments,
    levelsOf,
  }: {
    readonly moments: Readonly<Record<string, InputMoments>>;
    /** The levels of a layer's unit. */
    readonly levelsOf: (layerId: string, unit: number) => LevelGroup;
  },
): HostParameters {
  const next: HostParameters = { ...parameters };
  for (const { weight, batchNorm } of networkBlocks(network)) {
    const inputs = moments[weight.id];
    if (inputs === undefined || batchNorm === null) continue;
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
      const own = Float64Array.from({ length: inputs.mean.length }, (_, i) => weights[i * units + unit]!);
      const level = levelsOf(weight.id, unit);
      const fit = search.run(own, level);
      if (fit === null) continue;
      const shift = bias?.[unit] ?? 0;
      const ratio = Math.sqrt(fit.variance / fit.ownVariance);
      mean[unit] =
        ratio * (mean[unit]! - shift - dot(inputs.mean, own)) + dot(inputs.mean, fit.values) + shift;
      variance[unit] = Math.max(0, (variance[unit]! + batchNormEpsilon) * ratio ** 2 - batchNormEpsilon);
      for (const [i, value] of fit.values.entries()) {
        const sized = Math.fround(fit.size * own[i]!);
        const isNearest = level.table.values[nearestRank(level.table, sized)] === value;
        weights[i * units + unit] = isNearest ? sized : value;
      }
    }
  }
  return next;
}

interface Fit {
  readonly values: Float64Array;
  /** g of g·w ≈ q. */
  readonly size: number;
  /** qᵀΣq. */
  readonly variance: number;
  /** wᵀΣw. */
  readonly ownVariance: number;
}

class Search {
  readonly #n: number;
  readonly #covariance: Float64Array;

  constructor({ mean, covariance }: InputMoments) {
    this.#n = mean.length;
    let trace = 0;
    for (let i = 0; i < this.#n; i++) trace += covariance[i * this.#n + i]!;
    const least = (ridge * trace) / this.#n;
    this.#covariance = covariance.map((value, at) => (at % (this.#n + 1) === 0 ? value + least : value));
  }

  /** Null for a unit, or inputs, without any variance. */
  run(own: Float64Array, { table }: LevelGroup): Fit | null {
    const toOwn = this.#times(own);
    const ownVariance = dot(own, toOwn);
    if (!(ownVariance > 0)) return null;
    let best: { state: Climb; explained: number } | undefined;
    for (const size of startingSizes) {
      const values = Float64Array.from(own, (w) => table.values[nearestRank(table, size * w)]!);
      const state = new Climb(this.#covariance, toOwn, values, this.#times(values));
      state.climb(table.values);
      if (best === undefined || state.score > best.explained) best = { state, explained: state.score };
    }
    if (best === undefined || !(best.explained > 0)) return null;
    const { values, variance, product } = best.state;
    return { values, size: variance / product, variance, ownVariance };
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

  climb(levels: Float32Array): void {
    const n = this.values.length;
    for (let round = 0; round < mostRounds; round++) {
      let changed = false;
      for (let i = 0; i < n; i++) changed = this.#changeOne(i, levels) || changed;
      if (n <= mostPaired) {
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
