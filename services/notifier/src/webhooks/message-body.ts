import type { Event } from '@spikefit/contracts';

/**
 * The JSON that a receiver gets: the event, told from the job's side. The same in every attempt.
 * `id` is also the header `webhook-id`.
 */
export function messageBody(event: Event, publicUrl: string): string {
  const self = `${publicUrl}/v1/jobs/${event.jobId}`;
  return JSON.stringify({
    id: event.id,
    type: event.type,
    timestamp: event.at,
    data: {
      ...event.data,
      seq: event.seq,
      attempt: event.attempt,
      job: { id: event.jobId, urls: { self, events: `${self}/events`, report: `${self}/report` } },
    },
  });
}
