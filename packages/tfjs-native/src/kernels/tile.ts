import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** Every run of `length` values `repeats` times in a row. */
function repeatRuns(values: Float32Array, length: number, repeats: number, out: Float32Array): void {
  for (let from = 0, to = 0; from < values.length; from += length) {
    const run = values.subarray(from, from + length);
    for (let k = 0; k < repeats; k += 1, to += length) out.set(run, to);
  }
}

/** x repeated along its axes, the last axis first; a broadcast is one, too. */
export const tile: NativeKernel = {
  name: 'Tile',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    const repeats = attributes.reps as number[];
    const repeated = repeats.filter((count) => count !== 1).length;
    if (!allFloat32(x) || sizeOf(x.shape) === 0 || sizeOf(repeats) === 0 || repeated === 0) return undefined;
    const shape = [...x.shape];
    let left = repeated;
    let values = backend.floats(x);
    const output = backend.makeOutput32(x.shape.map((size, axis) => size * repeats[axis]!));
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const count = repeats[axis]!;
      if (count === 1) continue;
      left -= 1;
      const out = left === 0 ? output.values : new Float32Array(values.length * count);
      repeatRuns(values, sizeOf(shape.slice(axis)), count, out);
      shape[axis]! *= count;
      values = out;
    }
    return output.info;
  },
};
