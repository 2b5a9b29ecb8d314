import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a person can mend: one line that says what is wrong and what to do. */
export class SetupFailure extends Error {}

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @param {string} program @param {readonly string[]} words @param {(said: string) => string} explain what went wrong, from
 *   the last line of its output
 * @returns {Promise<string>} its standard output
 * @throws {SetupFailure}
 */
export async function run(program, words, explain) {
  try {
    return (await execute(program, [...words], { maxBuffer: 1 << 24 })).stdout;
  } catch (cause) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = /** @type {import('node:child_process').ExecFileException} */ (cause);
    const lines = `${stdout}\n${stderr || message}`.split('\n').filter((line) => line.trim() !== '');
    const errors = lines.filter((line) => /error/i.test(line));
    throw new SetupFailure(explain((errors.at(-1) ?? lines.at(-1) ?? '').trim()), { cause });
  }
}

/** @param {string} program @param {readonly string[]} words */
export const runs = (program, words) =>
  execute(program, [...words]).then(
    () => true,
    () => false,
  );
