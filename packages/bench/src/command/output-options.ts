import { parseArgs } from 'node:util';
import { UsageError } from './bench-error.ts';

export interface OutputFiles {
  readonly json: string | undefined;
  readonly chart: string | undefined;
}

/** Takes `--json FILE` and `--chart FILE`, which every bench has, out of the arguments. @throws UsageError without FILE */
export function splitOutputOptions(args: readonly string[]): { files: OutputFiles; others: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: { json: { type: 'string' }, chart: { type: 'string' } },
    strict: false,
    tokens: true,
  });
  const files: { json: string | undefined; chart: string | undefined } = {
    json: undefined,
    chart: undefined,
  };
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || (token.name !== 'json' && token.name !== 'chart')) continue;
    if (!token.value) throw new UsageError(`--${token.name} takes a file`);
    files[token.name] = token.value;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  return { files, others: args.filter((_, index) => !taken.has(index)) };
}
