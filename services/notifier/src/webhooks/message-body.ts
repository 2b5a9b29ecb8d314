import type { Event } from '@spikefit/contracts';

/**
 * The JSON that a receiver gets: the event, told from the job's side. The same in every attempt.
 * `id` is also the header `webhook-id`.
 */
export function messageBody(event: Event, publicUrl: string): string {
  const self = `${publicUrl}/v1/jobs/${event.jobId}`;
  const { sweep, ...data } = event.data;
  return JSON.stringify({
    id: event.id,
    type: event.type,
    timestamp: event.at,
    data: {
      ...data,
      ...(sweep === undefined ? {} : { sweep: withUrls(sweep, publicUrl) }),
      seq: event.seq,
      attempt: event.attempt,
      job: { id: event.jobId, urls: { self, events: `${self}/events`, report: `${self}/report` } },
    },
  });
}

/** `sweep` of `sweep.completed`. */
function withUrls(sweep: unknown, publicUrl: string): Record<string, unknown> {
  const { id, ...rest } = Object(sweep) as Record<string, unknown>;
  const self = `${publicUrl}/v1/sweeps/${String(id)}`;
  return { id, ...rest, urls: { self, results: `${self}/results`, plot: `${self}/plot.svg` } };
}
