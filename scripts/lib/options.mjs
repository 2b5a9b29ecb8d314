// The options of a command line: a mistake is told in one line, before anything is set up.
import { parseArgs } from 'node:util';

/** A mistake on the command line. */
export class UsageError extends Error {}

/** @typedef {NonNullable<import('node:util').ParseArgsConfig['options']>} Options */

/**
 * Reads the options; `--help` prints the help. After help or a mistake there is nothing to do, and the exit code is set.
 * @template {Options} T
 * @template Checked
 * @param {{ options: T, help: string, args?: string[],
 *   check: (values: ReturnType<typeof parseArgs<{ options: T }>>['values']) => Checked }} command  `check` answers what
 *   was meant, or throws a UsageError
 * @returns {Checked | undefined} undefined when there is nothing to do
 */
export function readOptions({ options, help, args = process.argv.slice(2), check }) {
  try {
    const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (Object(values).help) {
      console.log(help);
      return undefined;
    }
    return check(/** @type {any} */ (values));
  } catch (error) {
    if (!(error instanceof UsageError) && !isParseError(error)) throw error;
    // Node adds advice on quoting after the first sentence.
    console.error(`${error.message.split(/\.(?:\s|$)/)[0]} (-- --help says what there is)`);
    process.exitCode = 2;
    return undefined;
  }
}

/** @param {unknown} error @returns {error is Error} */
function isParseError(error) {
  return error instanceof Error && String(Object(error).code).startsWith('ERR_PARSE_ARGS');
}

/**
 * A whole number.
 * @param {string} name @param {string} text @param {number} least @param {number} most
 * @throws {UsageError}
 */
export function wholeNumber(name, text, least, most) {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
