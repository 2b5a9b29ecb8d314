import type { BenchCommand } from '../command/context.ts';
import { runJobBench } from './job-bench.ts';
import { jobHelp, parseJobOptions } from './job-options.ts';
import { jobChart, jobSummary, jobTable } from './job-report.ts';

export const jobCommand: BenchCommand = {
  summary: 'a whole job, by phase and by what its time is spent on',
  help: jobHelp,
  run: async (args, open) => {
    const options = parseJobOptions(args);
    const context = await open();
    const result = await runJobBench(options, context);
    context.print(`\n${jobTable(result)}\n`);
    for (const line of jobSummary(result)) context.print(line);
    return { json: result, chart: jobChart(result) };
  },
};
