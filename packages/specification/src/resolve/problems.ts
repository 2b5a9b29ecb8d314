import { CodedError, type ErrorCode, type FieldError } from '@spikefit/contracts';

/** Collects what is wrong with a request, so that its sender learns of everything at once. */
export class Problems {
  readonly #found: { code: ErrorCode; errors: readonly FieldError[] }[] = [];

  add(code: ErrorCode, pointer: string, detail: string): void {
    this.#found.push({ code, errors: [{ detail, pointer }] });
  }

  /** Runs `body`; a coded error about fields is collected and gives undefined, anything else is thrown on. */
  collect<T>(body: () => T): T | undefined {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof CodedError) || error.errors.length === 0) throw error;
      this.#found.push({ code: error.code, errors: error.errors });
      return undefined;
    }
  }

  /** Throws one error with the first problem's code and all fields, if there is any problem. */
  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const errors = this.#found.flatMap((problem) => problem.errors);
    const more = errors.length - 1;
    const rest = more === 0 ? '' : ` (and ${more} more: see errors)`;
    throw new CodedError(first.code, `${errors[0]!.detail}${rest}`, { errors });
  }
}
