import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NativeBackend } from './native-backend.ts';
import { registerNativeBackend } from './register-native-backend.ts';

const values = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => (i % 97) - 48);
const backend = (): NativeBackend => tf.backend() as NativeBackend;

beforeAll(async () => {
  registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
});
beforeEach(() => backend().pool.clear());

describe('pooled storage', () => {
  it('hands out copies: a later kernel does not change what dataSync gave', () => {
    const x = tf.tensor1d(values(5000));
    const first = tf.add(x, 1);
    const seen = first.dataSync();
    first.dispose();
    expect(backend().pool.idleBytes).toBe(20_000);
    const second = tf.add(x, 100);
    expect(backend().pool.idleBytes).toBe(0);
    expect(seen).toEqual(values(5000).map((value) => value + 1));
    expect(second.dataSync()).toEqual(values(5000).map((value) => value + 100));
    tf.dispose([x, second]);
  });

  it('is not reused while a slice of it lives', () => {
    const x = tf.tensor1d(values(5000));
    const whole = tf.add(x, 1);
    const part = tf.slice(whole, 100, 3000);
    whole.dispose();
    expect(backend().pool.idleBytes).toBe(0);
    const other = tf.mul(x, 0);
    expect(part.dataSync()).toEqual(
      values(5000)
        .slice(100, 3100)
        .map((value) => value + 1),
    );
    part.dispose();
    expect(backend().pool.idleBytes).toBe(20_000);
    tf.dispose([x, other]);
  });

  it('is not reused while a reshaped tensor or a clone lives', () => {
    const x = tf.tensor1d(values(4096));
    const whole = tf.add(x, 1);
    const reshaped = tf.reshape(whole, [64, 64]);
    const clone = tf.clone(reshaped);
    tf.dispose([x, whole, reshaped]);
    expect(backend().pool.idleBytes).toBe(0);
    expect(clone.dataSync()).toEqual(values(4096).map((value) => value + 1));
    clone.dispose();
    expect(backend().pool.idleBytes).toBe(4096 * 4);
  });

  it("never takes a user's array", () => {
    const mine = values(4096);
    tf.tensor1d(mine).dispose();
    expect(backend().pool.idleBytes).toBe(0);
    tf.tidy(() => tf.add(tf.tensor1d(values(4096)), 1).dataSync());
    expect(mine).toEqual(values(4096));
  });

  it('survives a move to another backend', async () => {
    const x = tf.tensor1d(values(4096));
    const y = tf.add(x, 1);
    await tf.setBackend('cpu');
    const moved = tf.square(y);
    await tf.setBackend('native');
    expect(moved.dataSync()[50]).toBe(9);
    expect(y.dataSync()).toEqual(values(4096).map((value) => value + 1));
    tf.dispose([x, y, moved]);
  });

  it('holds nothing once every tensor is gone', () => {
    const held = backend().pool.heldArrays;
    const total = tf.tidy(() => {
      const x = tf.tensor4d(values(2 * 16 * 16 * 8), [2, 16, 16, 8]);
      const filter = tf.tensor4d(values(3 * 3 * 8 * 16), [3, 3, 8, 16]);
      const pooled = tf.maxPool(tf.add(tf.conv2d(x, filter, 1, 'same'), 1) as tf.Tensor4D, 2, 2, 'valid');
      expect(backend().pool.heldArrays).toBeGreaterThan(held);
      return tf.sum(tf.relu(tf.transpose(pooled))).dataSync()[0];
    });
    expect(Number.isFinite(total)).toBe(true);
    expect(backend().pool.heldArrays).toBe(held);
    expect(backend().pool.idleBytes).toBeGreaterThan(0);
  });
});

describe('an update in place', () => {
  const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1, weightDecay: 0 };
  const storage = (tensor: tf.Tensor): unknown => backend().data.get(tensor.dataId).values;
  const update = (parameter: tf.Tensor, replace: boolean): tf.Tensor => {
    const [zero, one] = [tf.zerosLike(parameter), tf.onesLike(parameter)];
    const inputs = { parameter, firstMoment: zero, secondMoment: zero, gradient: one };
    const [next, first, second] = tf
      .engine()
      .runKernel<tf.Tensor[]>('SpikefitAdamStep', inputs, { ...adam, replace }) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    tf.dispose([zero, one, first, second]);
    return next;
  };
  const expected = values(4096).map((value) => value + 1 - 0.1);
  const close = (tensor: tf.Tensor): boolean =>
    tensor.dataSync().every((value, i) => Math.abs(value - expected[i]!) < 1e-5);

  it('takes the storage of the tensor that it replaces', () => {
    const x = tf.tensor1d(values(4096));
    const old = tf.add(x, 1);
    const held = backend().pool.heldArrays;
    const next = update(old, true);
    expect(storage(next)).toBe(storage(old));
    old.dispose();
    expect(close(next)).toBe(true);
    expect(backend().pool.heldArrays).toBe(held);
    next.dispose();
    expect(backend().pool.heldArrays).toBe(held - 1);
    x.dispose();
  });

  it('does so for both tensors of SGD', () => {
    const [ones, gradient] = [tf.ones([4096]), tf.ones([4096])];
    const [parameter, velocity] = [tf.add(ones, 1), tf.add(ones, 1)];
    const attributes = { learningRate: 0.5, momentum: 0.5, weightDecay: 0, replace: true };
    const inputs = { parameter, velocity, gradient };
    const next = tf.engine().runKernel<tf.Tensor[]>('SpikefitSgdStep', inputs, attributes);
    expect(next.map((tensor) => storage(tensor) === storage(parameter))).toEqual([true, false]);
    expect(storage(next[1]!)).toBe(storage(velocity));
    expect(next.map((tensor) => tensor.dataSync()[4095])).toEqual([1, 2]);
    tf.dispose([ones, parameter, velocity, gradient, ...next]);
  });

  it.each([
    ['nobody gave it up', false, (old: tf.Tensor) => tf.scalar(old.size)],
    ['a clone of it lives', true, (old: tf.Tensor) => tf.clone(old)],
    ['a slice of it lives', true, (old: tf.Tensor) => tf.slice(old, 5, 9)],
  ] as const)('leaves it as it is where %s', (_, replace, share) => {
    const x = tf.tensor1d(values(4096));
    const old = tf.add(x, 1);
    const other = share(old);
    const next = update(old, replace);
    expect(storage(next)).not.toBe(storage(old));
    expect(old.dataSync()).toEqual(values(4096).map((value) => value + 1));
    expect(close(next)).toBe(true);
    tf.dispose([x, old, other, next]);
  });

  it("never writes to a user's array", () => {
    const mine = values(4096).map((value) => value + 1);
    const old = tf.tensor1d(mine);
    const next = update(old, true);
    expect(mine).toEqual(values(4096).map((value) => value + 1));
    expect(close(next)).toBe(true);
    tf.dispose([old, next]);
  });
});

describe('deferred kernels', () => {
  const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i % 11);

  it('run in order, on storage that is used again meanwhile, until somebody reads', () => {
    const x = tf.tensor1d(ramp(5000));
    let sum = tf.tensor1d(new Float32Array(5000));
    // More calls than the backend keeps before it waits by itself.
    for (let round = 1; round <= 1500; round += 1) {
      const next = tf.tidy(() => tf.add(sum, tf.mul(x, 2)) as tf.Tensor1D);
      sum.dispose();
      sum = next;
    }
    expect(sum.dataSync()).toEqual(ramp(5000).map((value) => 3000 * value));
    tf.dispose([x, sum]);
  });

  it('have run when a kernel of tfjs-cpu, a slice or a cast reads what they wrote', () => {
    tf.tidy(() => {
      const y = tf.add(tf.tensor2d(ramp(4096), [64, 64]), 1);
      expect(
        tf
          .exp(tf.mul(y, 0))
          .dataSync()
          .every((value) => value === 1),
      ).toBe(true);
      const z = tf.mul(y, 3);
      expect([...tf.slice(z, [1, 2], [1, 3]).dataSync()]).toEqual(
        [66, 67, 68].map((i) => 3 * ((i % 11) + 1)),
      );
      expect(tf.cast(tf.add(z, 0.5), 'int32').dataSync()[5]).toBe(18);
      expect([...tf.mean(tf.add(y, 1), 0).dataSync().slice(0, 1)]).toEqual([
        Math.fround(
          Array.from({ length: 64 }, (_, row) => ((row * 64) % 11) + 2).reduce((a, b) => a + b) / 64,
        ),
      ]);
    });
  });

  it('keep arrays that nothing else holds', async () => {
    const results = Array.from({ length: 200 }, (_, i) =>
      tf.tidy(() => tf.add(tf.mul(tf.tensor1d(new Float32Array(300_000).fill(i)), 2), 1)),
    );
    const last = await Promise.all(results.map(async (tensor) => (await tensor.data())[299_999]));
    expect(last).toEqual(Array.from({ length: 200 }, (_, i) => 2 * i + 1));
    tf.dispose(results);
  });

  it('refuse wrong arguments at the call', () => {
    expect(() =>
      backend().addon.binaryElementwise(
        Int32Array.of(1, 3, 0, 0, 9),
        new Float32Array(3),
        new Float32Array(3),
        new Float32Array(3),
      ),
    ).toThrow(/binaryElementwise.*operation/);
  });
});

describe('data types', () => {
  it('reads a tensor that was cast from int32 or bool as floats', () => {
    tf.tidy(() => {
      const spikes = tf.cast(tf.tensor2d([1, 0, 3, 2], [2, 2], 'int32'), 'float32');
      expect([...tf.matMul(spikes, tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()]).toEqual([1, 2, 9, 14]);
      const flags = tf.cast(tf.tensor1d([true, false], 'bool'), 'float32');
      expect([...tf.mul(flags, tf.tensor1d([5, 5])).dataSync()]).toEqual([5, 0]);
    });
  });

  it('leaves other types to tfjs-cpu', () => {
    tf.tidy(() => {
      const sum = tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32'));
      expect(sum.dtype).toBe('int32');
      expect([...sum.dataSync()]).toEqual([4, 6]);
    });
  });
});

describe('spikes kept as bits', () => {
  const makeSpikes = (shape: number[], fill: (i: number) => number): tf.Tensor => {
    const { info, bits } = backend().makeSpikes(shape);
    bits.fill(0);
    for (let i = 0; i < tf.util.sizeFromShape(shape); i += 1) bits[i >> 3]! |= fill(i) << (i & 7);
    return tf.engine().makeTensorFromTensorInfo(info);
  };
  const everyThird = (i: number): number => (i % 3 === 0 ? 1 : 0);

  it('are floats for every kernel that does not know them, also after a reshape', () => {
    const spikes = makeSpikes([100, 5, 7], everyThird);
    const expected = Float32Array.from({ length: 3500 }, (_, i) => everyThird(i));
    const flat = tf.reshape(spikes, [3500]);
    expect(backend().spikes(flat)).toBe(backend().spikes(spikes));
    expect(tf.tidy(() => tf.exp(flat).dataSync()[3])).toBeCloseTo(Math.E);
    spikes.dispose();
    expect(flat.dataSync()).toEqual(expected);
    flat.dispose();
  });

  it('give their memory back, whether they were read or not', () => {
    const held = backend().pool.heldArrays;
    const [read, unread] = [makeSpikes([64, 1024], everyThird), makeSpikes([64, 1024], everyThird)];
    expect(read.dataSync().length).toBe(65_536);
    expect(backend().pool.heldArrays).toBe(held + 3);
    tf.dispose([read, unread]);
    expect(backend().pool.heldArrays).toBe(held);
  });

  it('move to another backend', async () => {
    const spikes = makeSpikes([3000], everyThird);
    await tf.setBackend('cpu');
    expect(tf.tidy(() => tf.sum(spikes).dataSync()[0])).toBe(1000);
    await tf.setBackend('native');
    spikes.dispose();
  });
});
