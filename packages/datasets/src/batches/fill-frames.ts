import type { RandomStream } from '@spikefit/specification';
import { eventBytes, eventTime } from '../formats/event-format.ts';
import type { EventSplit } from '../split.ts';

/** Most microseconds that jitter moves an event by, either way. */
const jitterMicroseconds = 10_000;

export interface FrameTarget {
  readonly out: Float32Array;
  /** Where the recording's first frame begins, in an array that holds zeros. */
  readonly target: number;
  /** From one frame of the recording to its next. */
  readonly stride: number;
  readonly timeSteps: number;
}

/**
 * Writes recording `sample` as T binary frames [height, width, polarities]: the time from 0 to the last event is cut
 * into T bins of equal length, and a place is 1 where at least one event of its polarity happened in the bin. Bins of
 * equal time are what a chip sees that steps at a fixed rate, and keep the rate of events as information; bins of equal
 * count would need the whole recording before the first step. Binary frames are spikes, so the first layer only adds.
 *
 * With `jitter` each event moves by up to `jitterMicroseconds` (uniform), and by −1, 0 or 1 pixels with probabilities
 * ¼, ½, ¼ in each direction, from one draw: bits 0 and 1 for x, 2 and 3 for y, the other 28 for time. Events that leave
 * the sensor are lost; those that would leave the recording stay at its border.
 */
export function fillFrames(
  { recordings, shape }: EventSplit,
  sample: number,
  { out, target, stride, timeSteps }: FrameTarget,
  jitter: RandomStream | null,
): void {
  const [height, width, polarities] = shape;
  const events = recordings[sample]!;
  const end = eventTime(events, events.byteLength - eventBytes);
  for (let at = 0; at < events.byteLength; at += eventBytes) {
    let x = events[at]!;
    let y = events[at + 1]!;
    let time = eventTime(events, at);
    if (jitter !== null) {
      const draw = jitter.uint32();
      x += step(draw);
      y += step(draw >>> 2);
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      time += Math.floor(((draw >>> 4) / 2 ** 28) * (2 * jitterMicroseconds + 1)) - jitterMicroseconds;
      time = Math.min(end, Math.max(0, time));
    }
    const bin = Math.floor((time * timeSteps) / (end + 1));
    out[target + bin * stride + (y * width + x) * polarities + (events[at + 2]! >>> 7)] = 1;
  }
}

/** −1, 0, 0 or 1 for the four values of two bits. */
const step = (bits: number): number => ((bits & 3) >> 1) + (bits & 1) - 1;
