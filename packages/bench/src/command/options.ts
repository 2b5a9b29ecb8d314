import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './bench-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'];

/** The options of a bench. @throws UsageError in one sentence */
export function parseOptions<const T extends Options>(args: readonly string[], options: T): Values<T> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      // Node adds advice on quoting after the first sentence.
      throw new UsageError(error.message.split(/\.(?:\s|$)/)[0]!, { cause: error });
    }
    throw error;
  }
}

/** The words of `--launcher`. */
export const launcherWords = (text: string): string[] => text.split(' ').filter((word) => word !== '');

export function oneOf<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`--${name} takes ${choices.join(', ')}, not "${text}"`);
}

export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
