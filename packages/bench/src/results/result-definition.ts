import type { JobRequest, Report } from '@spikefit/contracts';

/** What a result gets from the program that starts it. */
export interface ResultContext {
  /** Of a measurement in this process. */
  readonly threads: number;
  /** Folder of the files of Fashion-MNIST. */
  readonly datasetDirectory: () => Promise<string>;
  /** Sends jobs through the public API and tells of each as it ends. */
  readonly runJobs: JobRunner;
  /** A line for people. */
  readonly print: (line: string) => void;
  /** What is being done now; replaced by the next. */
  readonly hint: (text: string) => void;
  /** Lets the process hear of Ctrl-C: rejects once it was pressed. */
  readonly breathe: () => Promise<void>;
}

export interface KeyedRequest {
  /** Tells requests of a result apart, and makes sending one again harmless. */
  readonly key: string;
  readonly request: JobRequest;
}

export type JobEnd =
  | {
      readonly status: 'succeeded';
      readonly report: Report;
      /** Of these the job was running, by the service's clock. */
      readonly seconds: number;
    }
  | { readonly status: 'failed' | 'canceled'; readonly detail: string };

/**
 * Runs all of them, in any order, and resolves when every one has ended; `onEnd` is called once for each, one at a time.
 */
export type JobRunner = (
  requests: readonly KeyedRequest[],
  onEnd: (key: string, end: JobEnd) => Promise<void>,
) => Promise<void>;

/** One point of a result: run once, kept in a file, found again by its spec. */
export interface Cell<Spec> {
  /** For people; not part of what tells cells apart. */
  readonly label: string;
  /** JSON. */
  readonly spec: Spec;
}

export interface FinishedCell<Spec, Outcome> extends Cell<Spec> {
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** What a cell has so far, as JSON, for the next command to go on with. It is gone once the cell is kept. */
export interface Drafts {
  readonly read: (cell: Cell<unknown>) => Promise<unknown>;
  /** Whole or not at all. */
  readonly write: (cell: Cell<unknown>, draft: unknown) => Promise<void>;
}

/** What is written of a result. */
export interface ResultReport {
  /** Markdown. */
  readonly table: string;
  /** SVG. */
  readonly plot: string;
  /** JSON: the figures of the table. */
  readonly figures: unknown;
}

export interface ResultDefinition<Spec, Outcome> {
  readonly summary: string;
  readonly cells: (options: { readonly quick: boolean }) => readonly Cell<Spec>[];
  /**
   * Runs cells and hands each to `keep` as it ends, one at a time.
   * @throws BenchError where some could not be run, after the others were
   */
  readonly run: (
    cells: readonly Cell<Spec>[],
    context: ResultContext,
    keep: (cell: Cell<Spec>, outcome: Outcome, seconds: number) => Promise<void>,
    drafts: Drafts,
  ) => Promise<void>;
  /** `finished` holds at least one cell; some of the others may be missing. */
  readonly report: (
    finished: readonly FinishedCell<Spec, Outcome>[],
    options: { readonly quick: boolean },
  ) => ResultReport;
}

/** A result whose types its list need not know: cells and outcomes are JSON that the definition itself has made. */
export type AnyResult = ResultDefinition<unknown, unknown>;

export const asAnyResult = <Spec, Outcome>(definition: ResultDefinition<Spec, Outcome>): AnyResult =>
  definition as unknown as AnyResult;
