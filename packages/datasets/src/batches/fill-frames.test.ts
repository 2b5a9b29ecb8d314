import { randomStream } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { eventFile, type WrittenEvent } from '../../test/event-file.ts';
import { type BatchAugmentation, fillBatch } from '../fill-batch.ts';
import type { EventSplit } from '../split.ts';

const shape: [number, number, number] = [4, 5, 2];
const frameLength = 40;
const splitOf = (...recordings: readonly WrittenEvent[][]): EventSplit => ({
  kind: 'events',
  recordings: recordings.map((events) => eventFile(...events)),
  labels: Uint8Array.from(recordings, (_, i) => i),
  count: recordings.length,
  shape,
});

/** Positions [t, sample, y, x, polarity] of all ones. */
function fill(split: EventSplit, indices: number[], timeSteps: number, augmentation?: BatchAugmentation) {
  const out = new Float32Array(timeSteps * indices.length * frameLength + 3).fill(9);
  const labelsOut = new Int32Array(indices.length);
  const range = { from: 0, to: indices.length };
  fillBatch({ split, indices: Int32Array.from(indices), ...range, timeSteps, augmentation, out, labelsOut });
  expect(Array.from(out.subarray(-3))).toEqual([9, 9, 9]);
  const ones: number[][] = [];
  for (const [i, value] of out.subarray(0, -3).entries()) {
    if (value === 0) continue;
    expect(value).toBe(1);
    const frame = Math.floor(i / frameLength);
    const [y, x] = [Math.floor((i % frameLength) / 10), Math.floor((i % 10) / 2)];
    ones.push([Math.floor(frame / indices.length), frame % indices.length, y, x, i % 2]);
  }
  return { ones, labels: Array.from(labelsOut) };
}

describe('frames of events', () => {
  // 0…99 µs in four bins of 25.
  const edges: WrittenEvent[] = [
    [0, 0, 0, 0],
    [1, 0, 1, 24],
    [2, 0, 0, 25],
    [2, 0, 0, 30],
    [3, 3, 1, 74],
    [4, 3, 1, 75],
    [4, 3, 0, 99],
  ];

  it('cut the time into equal bins, the first event at 0, the last in the last bin', () => {
    expect(fill(splitOf(edges), [0], 4).ones).toEqual([
      [0, 0, 0, 0, 0],
      [0, 0, 0, 1, 1],
      [1, 0, 0, 2, 0],
      [2, 0, 3, 3, 1],
      [3, 0, 3, 4, 0],
      [3, 0, 3, 4, 1],
    ]);
  });

  it('lie one batch apart, each recording by its own duration', () => {
    const split = splitOf([[0, 0, 0, 7]], edges, [[4, 3, 1, 8_388_607]]);
    const { ones, labels } = fill(split, [2, 0], 3);
    expect(labels).toEqual([2, 0]);
    expect(ones).toEqual([
      [2, 0, 3, 4, 1],
      [2, 1, 0, 0, 0],
    ]);
  });

  it('gather all in one step', () => {
    expect(fill(splitOf(edges), [0], 1).ones.map(([t]) => t)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('have no other augmentation than jitter', () => {
    const stream = randomStream(1, 'augment');
    expect(() => fill(splitOf(edges), [0], 4, { kind: 'flip', stream })).toThrow(
      expect.objectContaining({ code: 'internal.error' }),
    );
  });
});

describe('jitter', () => {
  const jitter = (seed: number): BatchAugmentation => ({
    kind: 'jitter',
    stream: randomStream(seed, 'augment'),
  });
  // One event far from every border per recording, in the middle of 100 ms; a second one ends the recording.
  const recording: WrittenEvent[] = [
    [2, 2, 0, 50_000],
    [4, 0, 1, 100_000],
  ];
  const times = 1000;
  const indices = Array.from({ length: times }, () => 0);

  it('moves events by a pixel at most, ¼, ½, ¼ in each direction, and by 10 ms', () => {
    const { ones } = fill(splitOf(recording), indices, 100, jitter(3));
    const first = ones.filter(([, , , , polarity]) => polarity === 0);
    expect(first).toHaveLength(times);
    const share = (of: (one: number[]) => boolean) => first.filter(of).length / times;
    for (const axis of [2, 3]) {
      expect(share((one) => one[axis] === 1)).toBeCloseTo(0.25, 1);
      expect(share((one) => one[axis] === 2)).toBeCloseTo(0.5, 1);
      expect(share((one) => one[axis] === 3)).toBeCloseTo(0.25, 1);
    }
    // Bins of 1 ms: uniform over 40 … 60 ms.
    expect(share(([t]) => t! < 40 - 1 || t! > 60)).toBe(0);
    expect(share(([t]) => t! < 45)).toBeCloseTo(0.25, 1);
    expect(share(([t]) => t! >= 55)).toBeCloseTo(0.25, 1);
  });

  it('loses events that leave the sensor and keeps the others within the recording', () => {
    const { ones } = fill(splitOf(recording), indices, 100, jitter(3));
    const second = ones.filter(([, , , , polarity]) => polarity === 1);
    // At a corner (x 4 of 5, y 0) it stays with probability ¾ · ¾.
    expect(second.length / times).toBeCloseTo(0.5625, 1);
    expect(second.filter(([t]) => t === 99).length / second.length).toBeGreaterThan(0.5);
  });

  it('is a function of the stream', () => {
    const run = (seed: number) => fill(splitOf(recording), indices, 10, jitter(seed));
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});
