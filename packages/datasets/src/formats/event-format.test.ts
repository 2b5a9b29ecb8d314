import { describe, expect, it } from 'vitest';
import { eventFile } from '../../test/event-file.ts';
import { checkEvents, eventTime } from './event-format.ts';

const check = (bytes: Uint8Array) => checkEvents(bytes, [34, 34, 2], '7.bs2');

describe('checkEvents', () => {
  it('accepts events in order, at the corners, at once, up to the last time that 23 bits hold', () => {
    const bytes = eventFile([0, 0, 0, 0], [33, 33, 1, 5], [33, 0, 0, 5], [0, 33, 1, 2 ** 23 - 1]);
    expect(() => check(bytes)).not.toThrow();
    expect([0, 5, 10, 15].map((at) => eventTime(bytes, at))).toEqual([0, 5, 5, 2 ** 23 - 1]);
  });

  it.each([
    ['an empty file', new Uint8Array(0), '7.bs2: it holds no event'],
    [
      'half an event',
      eventFile([1, 1, 1, 1], [2, 2, 0, 2]).subarray(0, 8),
      '7.bs2 at byte 5: the file ends in the middle of an event: 8 bytes',
    ],
    [
      'an event right of the sensor',
      eventFile([1, 1, 1, 1], [34, 2, 0, 2]),
      '7.bs2 at byte 5: event 1 is at x 34, y 2, outside the sensor of 34×34',
    ],
    ['an event below the sensor', eventFile([2, 255, 0, 2]), '7.bs2 at byte 0: event 0 is at x 2, y 255'],
    [
      'a time that falls',
      eventFile([1, 1, 1, 70_000], [2, 2, 0, 70_000], [3, 3, 1, 69_999]),
      '7.bs2 at byte 10: event 2 is at 69999 µs, after one at 70000 µs',
    ],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => check(bytes)).toThrow(
      expect.objectContaining({ code: 'dataset.corrupt', detail: expect.stringContaining(problem) }),
    );
  });
});
