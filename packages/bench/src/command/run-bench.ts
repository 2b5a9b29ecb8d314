import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { jobCommand } from '../job/job-command.ts';
import { kernelsCommand } from '../kernels/kernels-command.ts';
import { renderBarChart } from '../output/bar-chart.ts';
import { precisionCommand } from '../precision/precision-command.ts';
import { stepCommand } from '../step/step-command.ts';
import { BenchError, UsageError } from './bench-error.ts';
import type { BenchCommand, BenchContext } from './context.ts';
import { splitOutputOptions } from './output-options.ts';

const commands: Readonly<Record<string, BenchCommand>> = {
  step: stepCommand,
  kernels: kernelsCommand,
  job: jobCommand,
  precision: precisionCommand,
};

const help = `npm run bench -- BENCH [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

npm run bench -- BENCH --help says more.`;

/** Runs the bench that the arguments name; resolves to the exit code. @param open prepares what a bench needs */
export async function runBench(args: readonly string[], open: () => Promise<BenchContext>): Promise<number> {
  const [name = '--help', ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (name === '--help' || name === '-h') return print(help);
    if (command === undefined)
      throw new UsageError(`there is no bench "${name}"; there are: ${Object.keys(commands).join(', ')}`);
    if (rest.includes('--help') || rest.includes('-h')) return print(command.help);
    const { files, others } = splitOutputOptions(rest);
    for (const file of [files.json, files.chart]) checkFolder(file);
    const { json, chart } = await command.run(others, open);
    if (files.json !== undefined) await writeFile(files.json, `${JSON.stringify(json, null, 2)}\n`);
    if (files.chart !== undefined) await writeFile(files.chart, renderBarChart(chart));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message} (-- ${command ? `${name} ` : ''}--help says what there is)\n`);
      return 2;
    }
    if (!(error instanceof BenchError)) throw error;
    process.stderr.write(`${error.message}\n${error.remedy}\n`);
    return 1;
  }
}

function checkFolder(file: string | undefined): void {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
