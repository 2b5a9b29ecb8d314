import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** x repeated along its axes, the last axis first; a broadcast is one, too. */
export const tile: NativeKernel = {
  name: 'Tile',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    const repeats = attributes.reps as number[];
    let left = repeats.filter((count) => count !== 1).length;
    if (!allFloat32(x) || sizeOf(x.shape) === 0 || sizeOf(repeats) === 0 || left === 0) return undefined;
    const shape = [...x.shape];
    let values = backend.floats(x);
    const output = backend.makeOutput32(x.shape.map((size, axis) => size * repeats[axis]!));
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const count = repeats[axis]!;
      if (count === 1) continue;
      left -= 1;
      const out = left === 0 ? output.values : new Float32Array(values.length * count);
      const length = sizeOf(shape.slice(axis));
      backend.addon.repeatRuns(Int32Array.of(values.length / length, length, count), values, out);
      shape[axis]! *= count;
      values = out;
    }
    return output.info;
  },
};
