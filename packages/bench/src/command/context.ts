import type { JobRequest } from '@spikefit/contracts';
import type { BarChart } from '../output/bar-chart.ts';

/** What a bench gets from the program that starts it. */
export interface BenchContext {
  /** Folder of the files of Fashion-MNIST, as `ensureDataset` made it. */
  readonly datasetDirectory: string;
  /** The Python of the peers' virtual environment; undefined where `npm run setup:peers` was not run. */
  readonly peersPython: string | undefined;
  /** Sends a job to the whole service, started for it and thrown away afterwards. */
  readonly runOnServices: (request: JobRequest, threads: number) => Promise<ServiceRun>;
  /** A line for people. */
  readonly print: (line: string) => void;
}

export interface ServiceRun {
  /** From the request to the answer that the job has succeeded. */
  readonly seconds: number;
  /** Of these from the claim to the end, by the database's clock. */
  readonly runningSeconds: number;
}

/** One bench: reads its options, measures, prints its tables. */
export interface BenchCommand {
  readonly summary: string;
  readonly help: string;
  /**
   * Gives what --json and --chart write. `open` prepares what a measurement needs, after the options are read.
   * @throws UsageError, BenchError
   */
  readonly run: (
    args: readonly string[],
    open: () => Promise<BenchContext>,
  ) => Promise<{ json: unknown; chart: BarChart }>;
}
