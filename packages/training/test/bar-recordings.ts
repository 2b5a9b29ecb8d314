import type { Shape3 } from '@spikefit/contracts';
import type { EventSplit } from '@spikefit/datasets';
import { randomStream } from '@spikefit/specification';

const eventsEach = 300;
const lastTime = 300_000;

/** Recordings of 34 × 34 with events along a bar whose place is the class, and some elsewhere: learnable in two epochs. */
export function barRecordings(count: number, which: number): EventSplit {
  const shape: Shape3 = [34, 34, 2];
  const stream = randomStream(7, 'init', which);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const recordings = Array.from(labels, (label) => {
    const bytes = new Uint8Array(5 * eventsEach);
    for (let event = 0; event < eventsEach; event++) {
      const isNoise = stream.uniform() < 0.2;
      const time = Math.floor((event * lastTime) / eventsEach);
      const y = isNoise ? stream.integer(34) : 2 + 3 * label + stream.integer(2);
      bytes.set(
        [stream.integer(34), y, (stream.integer(2) << 7) | (time >>> 16), (time >>> 8) & 255, time & 255],
        5 * event,
      );
    }
    return bytes;
  });
  return { kind: 'events', recordings, labels, count, shape };
}
