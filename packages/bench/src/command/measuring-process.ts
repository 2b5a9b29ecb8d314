import { spawn } from 'node:child_process';
import { BenchError } from './bench-error.ts';

/**
 * Runs a program to its end and reads the last line that it prints, as JSON. Every measurement has a process of its own:
 * no warm cache, no grown heap and no peak memory of one goes into another.
 *
 * @param launcher words of a command that starts the program, for example `['taskset', '-c', '0,1']`
 * @throws BenchError with the end of what it said, where it fails
 */
export async function measuringProcess<T>(
  program: string,
  args: readonly string[],
  launcher: readonly string[] = [],
): Promise<T> {
  const [command, ...rest] = [...launcher, program, ...args] as [string, ...string[]];
  const { code, output, errors } = await runToEnd(command, rest);
  if (code !== 0) {
    const said = lastLines(withoutFrames(errors || output), 6);
    throw new BenchError(
      `${[command, ...rest].join(' ')} failed (${code}):\n${said}`,
      'See what it said above.',
    );
  }
  return JSON.parse(lastLines(output, 1)) as T;
}

function runToEnd(
  command: string,
  args: readonly string[],
): Promise<{ code: number | string; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-20_000);
    });
    child.on('error', (error) => resolve({ code: 127, output, errors: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 1, output, errors }));
  });
}

/** Of an uncaught error what it says: neither where it was thrown nor by which Node. */
const withoutFrames = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s+at |^Node\.js v/.test(line))
    .join('\n');

const lastLines = (text: string, count: number): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
