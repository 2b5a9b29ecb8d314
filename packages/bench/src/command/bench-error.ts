/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure that a person can act on: what happened, and what mends it. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
