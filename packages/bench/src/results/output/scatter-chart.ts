import { escaped, ink } from '../../output/svg-text.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Half the length of a vertical bar through the point. */
  readonly error?: number;
  readonly label?: string;
  /** Points of a series share a colour. */
  readonly series: string;
}

export interface ScatterPanel {
  readonly title: string;
  readonly points: readonly ScatterPoint[];
}

/** Panels in rows of `columns`, each with axes of its own, as an SVG document. */
export interface ScatterChart {
  readonly title: string;
  readonly xAxis: string;
  readonly yAxis: string;
  readonly columns: number;
  readonly panels: readonly ScatterPanel[];
  /** Of a panel, in pixels. */
  readonly width: number;
  readonly height: number;
}

const colours = [
  '#1f77b4',
  '#d62728',
  '#2ca02c',
  '#ff7f0e',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#17becf',
  '#bcbd22',
  '#7f7f7f',
];
const margin = { left: 58, top: 30, right: 16, bottom: 42 };
const head = 34;
const legendRow = 18;

export function renderScatterChart(chart: ScatterChart): string {
  const series = [...new Set(chart.panels.flatMap(({ points }) => points.map((point) => point.series)))];
  const rows = Math.ceil(chart.panels.length / chart.columns);
  const width = chart.columns * chart.width;
  const perRow = Math.max(1, Math.floor(width / 170));
  const legend = series.length < 2 ? 0 : Math.ceil(series.length / perRow) * legendRow + 8;
  const height = head + rows * chart.height + legend;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="11">`,
    `  <title>${escaped(chart.title)}</title>`,
    `  <text x="8" y="20" font-size="15" font-weight="bold" fill="${ink}">${escaped(chart.title)}</text>`,
    ...chart.panels.map((panel, index) => {
      const left = (index % chart.columns) * chart.width;
      const top = head + Math.floor(index / chart.columns) * chart.height;
      return `  <g transform="translate(${left} ${top})">\n${renderPanel(panel, chart, series)}\n  </g>`;
    }),
    ...(legend === 0 ? [] : series.map((name, index) => legendEntry(name, index, perRow, height - legend))),
    '</svg>',
    '',
  ].join('\n');
}

function renderPanel(
  { title, points }: ScatterPanel,
  { width, height, xAxis, yAxis }: ScatterChart,
  series: readonly string[],
): string {
  const x = scaleOf(
    points.map((point) => point.x),
    margin.left,
    width - margin.right,
  );
  const y = scaleOf(
    points.flatMap((point) => [point.y - (point.error ?? 0), point.y + (point.error ?? 0)]),
    height - margin.bottom,
    margin.top,
  );
  const middle = (margin.top + height - margin.bottom) / 2;
  return [
    `    <text x="${margin.left}" y="18" fill="${ink}" font-weight="bold">${escaped(title)}</text>`,
    `    <path d="M${margin.left} ${margin.top}V${height - margin.bottom}H${width - margin.right}" fill="none" stroke="${ink}"/>`,
    ...x.ticks.map(
      (tick) =>
        `    <text x="${x.at(tick)}" y="${height - margin.bottom + 14}" text-anchor="middle" fill="${ink}">${numeral(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `    <text x="${margin.left - 5}" y="${y.at(tick) + 4}" text-anchor="end" fill="${ink}">${numeral(tick)}</text>`,
    ),
    `    <text x="${(margin.left + width - margin.right) / 2}" y="${height - 10}" text-anchor="middle" fill="${ink}">${escaped(xAxis)}</text>`,
    `    <text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle" fill="${ink}">${escaped(yAxis)}</text>`,
    ...points.map((point) => renderPoint(point, x.at, y.at, colourOf(series, point.series))),
  ].join('\n');
}

function renderPoint(
  { x, y, error, label }: ScatterPoint,
  atX: (value: number) => number,
  atY: (value: number) => number,
  colour: string,
): string {
  const [left, top] = [atX(x), atY(y)];
  const bar =
    error === undefined || error === 0
      ? ''
      : `<path d="M${left} ${atY(y - error)}V${atY(y + error)}" stroke="${colour}"/>`;
  const text =
    label === undefined ? '' : `<text x="${left + 6}" y="${top - 4}" fill="${ink}">${escaped(label)}</text>`;
  return `    ${bar}<circle cx="${left}" cy="${top}" r="3" fill="${colour}" fill-opacity="0.75"/>${text}`;
}

function legendEntry(name: string, index: number, perRow: number, top: number): string {
  const left = 12 + (index % perRow) * 170;
  const middle = top + 8 + Math.floor(index / perRow) * legendRow;
  return `  <circle cx="${left}" cy="${middle}" r="4" fill="${colours[index % colours.length]}"/><text x="${left + 9}" y="${middle + 4}" fill="${ink}">${escaped(name)}</text>`;
}

const colourOf = (series: readonly string[], name: string): string =>
  colours[series.indexOf(name) % colours.length]!;

/** A linear scale over the values, a little wider, with round ticks inside. */
function scaleOf(
  values: readonly number[],
  from: number,
  to: number,
): { at: (value: number) => number; ticks: number[] } {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const pad = (most - least || Math.abs(most) || 1) * 0.05;
  const [low, high] = [least - pad, most + pad];
  const at = (value: number): number =>
    Math.round((from + ((value - low) / (high - low)) * (to - from)) * 10) / 10;
  const step = roundStep((high - low) / 4);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return { at, ticks };
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((digit) => digit * power >= step) ?? 10) * power;
}

const numeral = (value: number): string => String(Number(value.toPrecision(6)));
