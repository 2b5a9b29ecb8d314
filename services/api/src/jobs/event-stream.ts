import { type Event, isTerminal, type JobStatus } from '@spikefit/contracts';
import type { EventWatch } from '../plugins/event-hub.ts';

export interface EventPage {
  readonly events: readonly Event[];
  readonly hasMore: boolean;
  readonly jobStatus: JobStatus;
}

export interface EventStreamOptions {
  /** Events up to this `seq` are known to the reader. */
  readonly after: number;
  readonly first: EventPage;
  /** Events after a `seq`; null when the job is gone. */
  readonly read: (afterSeq: number) => Promise<EventPage | null>;
  readonly watch: EventWatch;
  /** Aborted when the reader or the process leaves. */
  readonly signal: AbortSignal;
}

/** Longest silence on the wire: below the idle time-outs of common proxies. */
const heartbeatMs = 15_000;
/** What a reader that lost its connection waits before it comes back. */
const retryMs = 2000;

/**
 * Server-sent events, one chunk per yield, until the job has ended and everything was sent. The consumer's pull is the
 * backpressure: nothing is read from the database before the last chunk was taken, nor before there is something.
 */
export async function* eventStream(options: EventStreamOptions): AsyncGenerator<string, void> {
  const { watch, signal, read } = options;
  let { after, first: page } = options;
  yield `retry: ${retryMs}\n\n`;
  while (!signal.aborted) {
    for (const event of page.events) {
      yield serverSentEvent(event);
      after = event.seq;
    }
    if (!page.hasMore) {
      if (isTerminal(page.jobStatus)) return;
      while (!(await watch.newsAfter(after, heartbeatMs, signal))) {
        if (signal.aborted) return;
        yield ': still here\n\n';
      }
      if (signal.aborted) return;
    }
    const next = await read(after);
    if (next === null) return;
    page = next;
  }
}

/** JSON never holds a raw line break, so one `data:` line is enough. */
export function serverSentEvent(event: Event): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
