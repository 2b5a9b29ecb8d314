import { CodedError, type FieldError } from '@spikefit/contracts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads variables one by one and remembers every problem, so that an operator mends them all at once instead of
 * one per restart. After a problem a reader returns a value of the right type that nobody will see: `finish`
 * throws. An empty variable counts as not set.
 */
export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #problems: FieldError[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  problem(name: string, detail: string): void {
    this.#problems.push({ pointer: name, detail: `${name} ${detail}` });
  }

  optional(name: string): string | null {
    const value = this.#environment[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  required(name: string, meaning: string): string {
    const value = this.optional(name);
    if (value === null) this.problem(name, `is not set: ${meaning}`);
    return value ?? '';
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.problem(name, `must be one of ${choices.join(', ')}, but is "${value}"`);
    return found ?? fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  /** A decimal number in [`minimum`, `maximum`]. */
  number(
    name: string,
    fallback: number,
    range: { minimum: number; maximum: number; integer?: boolean },
  ): number {
    const text = this.optional(name);
    if (text === null) return fallback;
    const value = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const fits = value >= range.minimum && value <= range.maximum;
    if (!fits || (range.integer === true && !Number.isInteger(value))) {
      const kind = range.integer === true ? 'a whole number' : 'a number';
      this.problem(name, `must be ${kind} from ${range.minimum} to ${range.maximum}, but is "${text}"`);
      return fallback;
    }
    return value;
  }

  integer(name: string, fallback: number, range: { minimum: number; maximum: number }): number {
    return this.number(name, fallback, { ...range, integer: true });
  }

  /** A URL with one of the protocols (written with their colon). Its value is never repeated: it may hold a password. */
  url(name: string, value: string | null, protocols: readonly string[]): void {
    if (value === null || value === '') return;
    const protocol = URL.canParse(value) ? new URL(value).protocol : null;
    if (protocol === null || !protocols.includes(protocol)) {
      this.problem(name, `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
  }

  finish(): void {
    if (this.#problems.length === 0) return;
    const lines = this.#problems.map((problem) => `  ${problem.detail}`);
    throw new CodedError(
      'config.invalid',
      `the environment has ${this.#problems.length} problem(s):\n${lines.join('\n')}`,
      {
        errors: this.#problems,
      },
    );
  }
}
