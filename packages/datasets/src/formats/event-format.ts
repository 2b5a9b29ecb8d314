import type { Shape3 } from '@spikefit/contracts';
import { corruptFile } from './corrupt-file.ts';

/** Of one event: x, y, then one bit polarity (1: brighter) and 23 bits time in µs, big-endian. */
export const eventBytes = 5;

/** µs since the recording began, of the event at byte `at`. */
export const eventTime = (bytes: Uint8Array, at: number): number =>
  ((bytes[at + 2]! & 0x7f) << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;

/**
 * Checks one recording in the format of N-MNIST's .bin files (Orchard et al. 2015): whole events, at least one, on the
 * sensor, with times that do not fall. Throws `dataset.corrupt` with `file` and the byte where it goes wrong.
 */
export function checkEvents(bytes: Uint8Array, [height, width]: Shape3, file: string): void {
  const { byteLength } = bytes;
  if (byteLength === 0) throw corruptFile(file, 'it holds no event');
  const rest = byteLength % eventBytes;
  if (rest !== 0) {
    const problem = `the file ends in the middle of an event: ${byteLength} bytes are no multiple of ${eventBytes}`;
    throw corruptFile(file, problem, { byte: byteLength - rest });
  }
  let before = 0;
  for (let at = 0; at < byteLength; at += eventBytes) {
    const x = bytes[at]!;
    const y = bytes[at + 1]!;
    if (x >= width || y >= height) {
      const problem = `event ${at / eventBytes} is at x ${x}, y ${y}, outside the sensor of ${width}×${height}`;
      throw corruptFile(file, problem, { byte: at });
    }
    const time = eventTime(bytes, at);
    if (time < before) {
      const problem = `event ${at / eventBytes} is at ${time} µs, after one at ${before} µs: times must not fall`;
      throw corruptFile(file, problem, { byte: at });
    }
    before = time;
  }
}
