import type { BenchCommand } from '../command/context.ts';
import { runStepBench } from './step-bench.ts';
import { parseStepOptions, stepHelp } from './step-options.ts';
import { stepChart, stepSummary, stepTable } from './step-report.ts';

export const stepCommand: BenchCommand = {
  summary: 'one training step, beside other libraries',
  help: stepHelp,
  run: async (args, open) => {
    const options = parseStepOptions(args);
    const context = await open();
    const { net, batch, timeSteps, threads } = options;
    context.print(`${net}, batch ${batch}, T = ${timeSteps}, ${threads} threads`);
    const result = await runStepBench(options, context);
    context.print(`\n${stepTable(result)}\n`);
    for (const line of stepSummary(result)) context.print(line);
    return { json: result, chart: stepChart(result) };
  },
};
