export { runBench } from './command/run-bench.ts';
