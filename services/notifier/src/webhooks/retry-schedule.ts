import { createHash } from 'node:crypto';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Delays after the first, second, … attempt, in milliseconds: ten attempts over about three days. */
export const retryDelaysMs = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;

/** A delay is stretched or shortened by up to this share, so that receivers are not hit by all retries at once. */
export const jitterShare = 0.1;

/**
 * How long to wait after the `attempts`-th failed attempt (1-based) of a delivery; null: it was the last one.
 * The jitter is a function of delivery and attempt: the same question has the same answer.
 */
export function retryDelayMs(deliveryId: string, attempts: number): number | null {
  const delay = retryDelaysMs[attempts - 1];
  if (delay === undefined) return null;
  const digest = createHash('sha256').update(`${deliveryId}/${attempts}`).digest();
  const uniform = digest.readUInt32BE(0) / 2 ** 32;
  return Math.round(delay * (1 - jitterShare + 2 * jitterShare * uniform));
}
