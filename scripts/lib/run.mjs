// Child processes with their output kept, so that an error can show its last lines.
import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/** A failure that a person can act on: one sentence of what, one of how to mend it. */
export class SetupError extends Error {
  /** @param {string} message @param {{ remedy?: string, output?: string, cause?: unknown }} [more] */
  constructor(message, { remedy = '', output = '', cause } = {}) {
    super(message, { cause });
    this.name = 'SetupError';
    this.remedy = remedy;
    this.output = output;
  }
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, passThrough?: boolean,
 *   signal?: AbortSignal | undefined }} [options] `onLine` sees every finished output line; `passThrough` shows the output
 *   as it comes; `signal` ends it.
 * @returns {Promise<{ code: number, output: string }>} `code` is 137 after a signal, 127 when the command does not exist.
 * @throws the reason of `signal`, once the command has ended
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = process.env, onLine, passThrough = false, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let pending = '';
    /** @param {Buffer} chunk @param {NodeJS.WriteStream} target */
    const take = (chunk, target) => {
      const text = chunk.toString('utf8');
      output = (output + text).slice(-2_000_000);
      if (passThrough) target.write(text);
      if (!onLine) return;
      const lines = (pending + text).split(/[\r\n]+/);
      pending = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) onLine(line.trim());
    };
    child.stdout.on('data', (chunk) => take(chunk, process.stdout));
    child.stderr.on('data', (chunk) => take(chunk, process.stderr));
    child.on('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    const end = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code: code ?? (killedBy ? 137 : 1), output });
    });
  });
}

/** The last `count` lines that hold anything. @param {string} text @param {number} [count] */
export function lastLines(text, count = 15) {
  return text
    .split('\n')
    .filter((line) => line.trim())
    .slice(-count)
    .join('\n');
}
