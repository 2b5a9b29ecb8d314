/** An event as it is written down: place, polarity and µs. */
export type WrittenEvent = readonly [x: number, y: number, polarity: 0 | 1, time: number];

/** A recording in N-MNIST's format. */
export const eventFile = (...events: readonly WrittenEvent[]): Uint8Array =>
  Uint8Array.from(
    events.flatMap(([x, y, polarity, time]) => [
      x,
      y,
      (polarity << 7) | (time >>> 16),
      (time >>> 8) & 255,
      time & 255,
    ]),
  );
