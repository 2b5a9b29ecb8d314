import type { SweepGroup, SweepResults } from '@spikefit/contracts';
import { linearScale, logarithmicScale } from './scale.ts';

const width = 860;
const height = 520;
const left = 80;
const right = 300;
const top = 56;
const bottom = 64;
/** Numbered points: more would cover each other, and the list of what they are has no more room. */
const mostLabels = 16;

interface Point {
  readonly group: number;
  readonly kilobytes: number;
  readonly accuracy: number;
  readonly sd: number | null;
  readonly isOnFront: boolean;
}

/**
 * Accuracy (mean over seeds, bars of one sample standard deviation) against size as an SVG picture of 860 × 520: a point per group, the
 * Pareto front joined by a line, and the values of each group at the right, by its index into `groups`; first those of the front, and
 * no more than fit. The same results give the same bytes.
 */
export function sweepPlot(title: string, results: Pick<SweepResults, 'groups' | 'pareto'>): string {
  const front = results.pareto.find(({ against }) => against === 'sizeBits')?.groups ?? [];
  const points = results.groups
    .flatMap((group, index) => toPoint(group, index, front.includes(index)))
    .sort((one, other) => Number(other.isOnFront) - Number(one.isOnFront) || one.kilobytes - other.kilobytes);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(left, 28, title, 'font-size="16" font-weight="600"'),
    ...(points.length === 0
      ? [text(left, height / 2, 'No job of this sweep has succeeded.', 'font-size="14"')]
      : [...drawing(points, front), ...legend(results.groups, points)]),
    '</svg>',
    '',
  ].join('\n');
}

function toPoint(group: SweepGroup, index: number, isOnFront: boolean): Point[] {
  const { mean, sd } = group.accuracy;
  const bits = group.sizeBits.mean;
  if (mean === null || bits === null || bits <= 0) return [];
  return [
    {
      group: index,
      kilobytes: bits / 8000,
      accuracy: mean * 100,
      sd: sd === null ? null : sd * 100,
      isOnFront,
    },
  ];
}

function drawing(points: readonly Point[], front: readonly number[]): string[] {
  const x = logarithmicScale(
    points.map(({ kilobytes }) => kilobytes),
    { from: left, to: width - right },
  );
  const y = linearScale(
    points.flatMap(({ accuracy, sd }) => [accuracy - (sd ?? 0), accuracy + (sd ?? 0)]),
    { from: height - bottom, to: top },
  );
  const byGroup = new Map(points.map((point) => [point.group, point]));
  const line = front.flatMap((group) => {
    const point = byGroup.get(group);
    return point === undefined ? [] : [`${round(x.at(point.kilobytes))},${round(y.at(point.accuracy))}`];
  });
  return [
    ...x.ticks.flatMap((tick) => [
      `<path d="M${round(x.at(tick))} ${top}V${height - bottom}" stroke="#e4e4e4"/>`,
      text(round(x.at(tick)), height - bottom + 18, shown(tick), 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      `<path d="M${left} ${round(y.at(tick))}H${width - right}" stroke="#e4e4e4"/>`,
      text(left - 8, round(y.at(tick)) + 4, shown(tick), 'text-anchor="end"'),
    ]),
    `<path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#222"/>`,
    text((left + width - right) / 2, height - 18, 'size in kilobytes (logarithmic)', 'text-anchor="middle"'),
    `<text transform="translate(24 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">test accuracy in %</text>`,
    `<polyline points="${line.join(' ')}" fill="none" stroke="#c2410c" stroke-width="1.5"/>`,
    ...points.flatMap((point) => marker(point, round(x.at(point.kilobytes)), (value) => round(y.at(value)))),
    ...points
      .slice(0, mostLabels)
      .map((point) =>
        text(
          round(x.at(point.kilobytes)) + 8,
          round(y.at(point.accuracy)) - 8,
          String(point.group),
          `fill="${colorOf(point)}" font-weight="600"`,
        ),
      ),
  ];
}

const colorOf = ({ isOnFront }: Point): string => (isOnFront ? '#c2410c' : '#64748b');

function marker(point: Point, at: number, y: (value: number) => number): string[] {
  const { accuracy, sd, isOnFront } = point;
  const color = colorOf(point);
  const bar =
    sd === null || sd === 0
      ? []
      : [`<path d="M${at} ${y(accuracy - sd)}V${y(accuracy + sd)}" stroke="${color}" stroke-width="1"/>`];
  const fill = isOnFront ? color : '#fff';
  return [
    ...bar,
    `<circle cx="${at}" cy="${y(accuracy)}" r="4.5" fill="${fill}" stroke="${color}" stroke-width="1.5"/>`,
  ];
}

function legend(groups: readonly SweepGroup[], points: readonly Point[]): string[] {
  const at = width - right + 24;
  const lines = [
    `<circle cx="${at + 4}" cy="${top - 4}" r="4.5" fill="#c2410c"/>`,
    text(at + 16, top, 'Pareto front, mean ± sd over seeds'),
    `<circle cx="${at + 4}" cy="${top + 16}" r="4.5" fill="#fff" stroke="#64748b" stroke-width="1.5"/>`,
    text(at + 16, top + 20, 'other groups'),
  ];
  points.slice(0, mostLabels).forEach((point, place) => {
    const words = Object.entries(groups[point.group]?.values ?? {}).map(
      ([name, value]) =>
        `${lastName(name)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
    lines.push(
      text(at, top + 48 + place * 24, `${point.group}`, `fill="${colorOf(point)}" font-weight="600"`),
    );
    lines.push(text(at + 22, top + 48 + place * 24, shorten(words.join(', ') || 'the one group')));
  });
  if (points.length > mostLabels)
    lines.push(text(at, top + 48 + mostLabels * 24, `and ${points.length - mostLabels} more`));
  return lines;
}

const lastName = (name: string): string => name.split(/[./]/).at(-1) ?? name;
const shorten = (words: string): string => (words.length > 42 ? `${words.slice(0, 41)}…` : words);
const round = (value: number): number => Math.round(value * 100) / 100;
const shown = (value: number): string => String(Number(value.toPrecision(4)));

function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(words)}</text>`;
}

/** What XML 1.0 cannot hold is left out. */
const escaped = (words: string): string =>
  words
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
