/** Messages in order for one reader. `end` lets it read what is there first, `close` drops everything. */
export class Mailbox<T> implements AsyncIterable<T> {
  #messages: T[] = [];
  #state: 'open' | 'ended' | 'closed' = 'open';
  #wake: (() => void) | undefined;

  put(message: T): void {
    if (this.#state !== 'open') return;
    this.#messages.push(message);
    this.#wake?.();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake?.();
  }

  close(): void {
    this.#state = 'closed';
    this.#messages = [];
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) yield message;
      else if (this.#state !== 'open') return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
