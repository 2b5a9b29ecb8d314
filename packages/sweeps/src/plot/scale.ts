/** A linear or logarithmic axis: where on the paper a value is, and which values get a mark. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export interface Paper {
  readonly from: number;
  readonly to: number;
}

/** Steps of 1, 2 or 5 times a power of ten, at most about `most` of them. */
function niceStep(span: number, most: number): number {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough) ?? 10;
  return factor * power;
}

export function linearScale(values: readonly number[], paper: Paper): Scale {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.05, 0.01);
  const [from, to] = [low - margin, high + margin];
  const step = niceStep(to - from, 8);
  const first = Math.ceil(from / step);
  const ticks = Array.from(
    { length: Math.floor(to / step) - first + 1 },
    (_, index) => (first + index) * step,
  );
  return { at: (value) => paper.from + ((value - from) / (to - from)) * (paper.to - paper.from), ticks };
}

/** Values are positive. Marks at 1, 2 and 5 times the powers of ten; over many decades at the powers alone. */
export function logarithmicScale(values: readonly number[], paper: Paper): Scale {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values));
  const margin = Math.max((high - low) * 0.08, 0.05);
  const [from, to] = [low - margin, high + margin];
  const decades = Array.from(
    { length: Math.ceil(to) - Math.floor(from) + 1 },
    (_, index) => Math.floor(from) + index,
  );
  const factors = to - from > 3 ? [1] : to - from < 0.5 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  const ticks = decades
    .flatMap((decade) => factors.map((factor) => factor * 10 ** decade))
    .filter((tick) => Math.log10(tick) >= from && Math.log10(tick) <= to);
  return {
    at: (value) => paper.from + ((Math.log10(value) - from) / (to - from)) * (paper.to - paper.from),
    ticks,
  };
}
