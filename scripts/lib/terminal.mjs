// Tables, bars and a live line for the terminal.

/**
 * Columns are as wide as their longest cell; all but the first are aligned to the right.
 * @param {string[]} head @param {string[][]} rows
 */
export function table(head, rows) {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (/** @type {string[]} */ cells) =>
    `  ${widths
      .map((width, column) =>
        column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width),
      )
      .join('  ')}`.trimEnd();
  return [line(head), `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`, ...rows.map(line)].join(
    '\n',
  );
}

/** A bar in eighths of a character. @param {number} share 0…1 @param {number} [width] characters */
export function bar(share, width = 24) {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return ('█'.repeat(Math.floor(eighths / 8)) + partial).padEnd(width);
}

/** @param {number} value 0…1 @param {number} [digits] */
export const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;

/** @param {number} value */
export const count = (value) => Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');

const prefixes = /** @type {const} */ ([
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
  [1e-9, 'n'],
  [1e-12, 'p'],
]);

/** Three digits and a unit prefix, e.g. `1.23 M`. @param {number} value */
export function compact(value) {
  const [size, prefix] = prefixes.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${(value / size).toPrecision(3)} ${prefix}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/**
 * A line at the bottom that is rewritten in place, with ordinary lines above it. Where the output is no terminal, only
 * the ordinary lines are printed.
 */
export class LiveLine {
  #live = Boolean(process.stdout.isTTY) && !process.env.CI;
  #text = '';

  /** @param {string} text */
  show(text) {
    this.#text = text;
    if (this.#live) process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns || 100) - 1)}`);
  }

  /** @param {string} text */
  print(text) {
    if (this.#live) process.stdout.write('\r\x1b[2K');
    process.stdout.write(`${text}\n`);
    if (this.#text) this.show(this.#text);
  }

  clear() {
    this.show('');
  }
}
