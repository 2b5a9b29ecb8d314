import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

describe('BufferPool', () => {
  it('reuses an array once its last holder lets go', () => {
    const pool = new BufferPool();
    const array = pool.acquire(5000);
    pool.hold(array);
    pool.hold(array.subarray(10, 20));
    pool.release(array);
    expect(pool.acquire(5000).buffer).not.toBe(array.buffer);
    pool.release(array.subarray(10, 20));
    expect(pool.idleBytes).toBe(20_000);
    expect(pool.acquire(5000).buffer).toBe(array.buffer);
    expect(pool.idleBytes).toBe(0);
  });

  it('gives an array to one taker only', () => {
    const pool = new BufferPool();
    const array = pool.acquire(2000);
    pool.hold(array);
    pool.release(array);
    const [first, second] = [pool.acquire(2000), pool.acquire(2000)];
    expect(first.buffer).not.toBe(second.buffer);
  });

  it('takes an idle array back when a tensor is made of its values again', () => {
    const pool = new BufferPool();
    const array = pool.acquire(2000);
    pool.hold(array);
    pool.release(array);
    pool.hold(array);
    expect(pool.idleBytes).toBe(0);
    expect(pool.acquire(2000).buffer).not.toBe(array.buffer);
  });

  it('leaves arrays of others alone', () => {
    const pool = new BufferPool();
    const foreign = new Float32Array(5000);
    pool.hold(foreign);
    pool.release(foreign);
    expect(pool.owns(foreign)).toBe(false);
    expect(pool.idleBytes).toBe(0);
    expect(pool.acquire(5000).buffer).not.toBe(foreign.buffer);
  });

  it('keeps no more idle memory than it may', () => {
    const pool = new BufferPool(10_000);
    const [first, second] = [pool.acquire(2000), pool.acquire(2000)];
    pool.hold(first);
    pool.hold(second);
    expect(pool.heldArrays).toBe(2);
    pool.release(first);
    pool.release(second);
    expect(pool.idleBytes).toBe(8000);
    expect(pool.heldArrays).toBe(0);
    pool.clear();
    expect(pool.idleBytes).toBe(0);
  });

  it('drops what a long time nobody asked for', () => {
    const pool = new BufferPool();
    const [old, used] = [pool.acquire(3000), pool.acquire(2000)];
    for (const array of [old, used]) {
      pool.hold(array);
      pool.release(array);
    }
    for (let turn = 0; turn < 4096; turn += 1) {
      const again = pool.acquire(2000);
      expect(again.buffer).toBe(used.buffer);
      pool.hold(again);
      pool.release(again);
    }
    expect(pool.idleBytes).toBe(8000);
    expect(pool.acquire(3000).buffer).not.toBe(old.buffer);
  });
});
