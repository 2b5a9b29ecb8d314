import { escaped, ink } from './svg-text.ts';

/** A horizontal bar chart as an SVG document, readable on light and dark pages. */
export interface BarChart {
  readonly title: string;
  /** What the lengths are, with the unit. */
  readonly axis: string;
  readonly bars: readonly Bar[];
  /** A vertical line through all bars. */
  readonly mark?: { readonly label: string; readonly value: number } | undefined;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands behind the bar. */
  readonly text: string;
  /** Ours are coloured. */
  readonly ours: boolean;
}

const rowHeight = 26;
const headHeight = 56;
const labelWidth = 260;
const barWidth = 380;
const textWidth = 150;

export function renderBarChart({ title, axis, bars, mark }: BarChart): string {
  const longest = Math.max(mark?.value ?? 0, ...bars.map(({ value }) => value), Number.MIN_VALUE);
  const scale = (value: number): number => Math.round((value / longest) * barWidth * 10) / 10;
  const height = headHeight + bars.length * rowHeight + 16;
  const width = labelWidth + barWidth + textWidth;
  const lines = bars.map((bar, row) => renderBar(bar, headHeight + row * rowHeight, scale(bar.value)));
  if (mark !== undefined) lines.push(renderMark(mark.label, labelWidth + scale(mark.value), height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="13">`,
    `  <title>${escaped(title)}</title>`,
    `  <text x="8" y="20" font-size="15" font-weight="bold" fill="${ink}">${escaped(title)}</text>`,
    `  <text x="${labelWidth}" y="40" fill="${ink}">${escaped(axis)}</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function renderBar({ label, text, ours }: Bar, top: number, length: number): string {
  const baseline = top + 16;
  return [
    `  <text x="${labelWidth - 8}" y="${baseline}" text-anchor="end" fill="${ink}">${escaped(label)}</text>`,
    `  <rect x="${labelWidth}" y="${top + 3}" width="${length}" height="${rowHeight - 8}" fill="${ours ? '#1f77b4' : '#b0b0b0'}"/>`,
    `  <text x="${labelWidth + length + 6}" y="${baseline}" fill="${ink}">${escaped(text)}</text>`,
  ].join('\n');
}

const renderMark = (label: string, x: number, height: number): string =>
  [
    `  <line x1="${x}" y1="${headHeight - 4}" x2="${x}" y2="${height - 14}" stroke="#d62728" stroke-dasharray="4 3"/>`,
    `  <text x="${x + 4}" y="${height - 3}" font-size="11" fill="#d62728">${escaped(label)}</text>`,
  ].join('\n');
