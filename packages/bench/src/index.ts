export { runBench } from './command/run-bench.ts';
export type { JobEnd, JobRunner, KeyedRequest, ResultContext } from './results/result-definition.ts';
export { runResults, type Workers } from './results/run-results.ts';
