// One live line per set-up step: what is being done from the first second, then how long it took.
import { lastLines, SetupError } from './run.mjs';

/** @typedef {{ note: (text: string) => void, hint: (text: string) => void, fail: (text: string) => void }} StepReport */

/** @param {number} ms */
const seconds = (ms) => (ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

/** After so long a step that is still running is announced where no line can be rewritten. */
const announceMs = 3000;

/**
 * Runs one step and shows it. On a terminal the line is rewritten while the step runs; elsewhere it is printed when the
 * step has ended, and a long step is announced as well.
 * @template T
 * @param {string} title
 * @param {(report: StepReport) => Promise<T>} work  `hint` shows the newest output line;
 *   `note` is kept in the end line; `fail` too, and marks the step as failed
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const out = process.stdout;
  const live = Boolean(out.isTTY) && !process.env.CI;
  const started = performance.now();
  const label = title.padEnd(24);
  let hint = '';
  let note = '';
  let mark = '✓';
  let announced = false;
  const draw = () => {
    const text = `  … ${label} ${seconds(performance.now() - started)}  ${hint}`;
    out.write(`\r\x1b[2K${text.slice(0, (out.columns || 100) - 1)}`);
  };
  const announce = () => {
    if (announced) return;
    announced = true;
    out.write(`  … ${label}\n`);
  };
  const timer = live ? setInterval(draw, 200) : setTimeout(announce, announceMs);
  if (live) draw();
  const end = () => {
    clearTimeout(timer);
    if (live) out.write('\r\x1b[2K');
    out.write(`  ${mark} ${label} ${seconds(performance.now() - started)}${note ? `  ${note}` : ''}\n`);
  };
  try {
    const result = await work({
      note: (text) => {
        note = text;
      },
      hint: (text) => {
        hint = text;
      },
      fail: (text) => {
        mark = '✗';
        note = text;
      },
    });
    end();
    return result;
  } catch (error) {
    mark = '✗';
    end();
    throw error;
  }
}

/** Prints a failure with its remedy; a programming error keeps its stack. @param {unknown} error */
export function printFailure(error) {
  if (error instanceof SetupError) {
    if (error.output) console.error(`\n${lastLines(error.output, 40)}`);
    console.error(`\n${error.message}`);
    if (error.remedy) console.error(`→ ${error.remedy}`);
  } else {
    console.error(error);
  }
}
