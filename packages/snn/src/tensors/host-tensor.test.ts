import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { disposeTensors, toHostParameters, toTensors } from './host-tensor.ts';

describeOnBackends('host tensors', () => {
  test('go to the backend and back as copies, bit by bit', async () => {
    const data = Float32Array.of(1.5, -0, 1e-42, 3e38, 0.1, 7);
    const host = { 'a/weights': { shape: [2, 3], data }, 'b/bias': { shape: [1], data: Float32Array.of(2) } };
    const tensors = toTensors(host);
    data[0] = 99;
    const back = await toHostParameters(tensors);
    expect(back['a/weights']!.shape).toEqual([2, 3]);
    expect(back['a/weights']!.data).toBeBitIdenticalTo([1.5, -0, 1e-42, 3e38, 0.1, 7]);
    back['a/weights']!.data[1] = 5;
    expect(tensors['a/weights']!.dataSync()[1]).toBe(-0);
    expect(back['b/bias']!.data).toEqual(Float32Array.of(2));
    disposeTensors(tensors);
  });
});
