import type { BarChart } from '../output/bar-chart.ts';

/** What a bench gets from the program that starts it. */
export interface BenchContext {
  /** Folder of the files of Fashion-MNIST, as `ensureDataset` made it. */
  readonly datasetDirectory: string;
  /** The Python of the peers' virtual environment; undefined where `npm run setup:peers` was not run. */
  readonly peersPython: string | undefined;
  /** A line for people. */
  readonly print: (line: string) => void;
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
