/** The oracle network: its derivatives against finite differences, with the surrogate's primitive for the spikes. */
import '../support/quiet-cpu.ts';
import { expect, test } from 'vitest';
import { draws } from '../support/draws.ts';
import { lively, tinyNetwork } from '../support/tiny-networks.ts';
import { backward } from './autograd.ts';
import { crossEntropyReference, runReference } from './network.ts';

const image = draws(2 * 5 * 6 * 2, 7, 0, 1);
const labels = [2, 0];

test.each([
  ['4C3-BN-LIF-MP2-5C3S2-BN-PLIF-FC3', true],
  ['4C3-LIF-AP2-FC6-IF-FC3', false],
])('%s, training %s', (architecture, training) => {
  const network = tinyNetwork(architecture, { neuron: { detachReset: false } });
  const host = lively(network, 21);
  const loss = (parameters: typeof host) => {
    const result = runReference(network, parameters, image, { training, kind: 'smooth' });
    return { result, loss: crossEntropyReference(result.logits, labels) };
  };
  const base = loss(host);
  backward(base.loss);
  const step = 2 ** -9;
  for (const [name, { shape, data }] of Object.entries(host)) {
    if (/mean|variance/.test(name)) continue;
    for (const i of [0, Math.floor(data.length / 2), data.length - 1]) {
      // Float32 parameters: the step that was really taken divides.
      const moved = (by: number) => {
        const other = data.slice();
        other[i] = data[i]! + by;
        return { at: other[i]!, value: loss({ ...host, [name]: { shape, data: other } }).loss.value };
      };
      const [above, below] = [moved(step), moved(-step)];
      const difference = (above.value - below.value) / (above.at - below.at);
      expect(Math.abs(difference - base.result.parameters[name]![i]!.gradient), `${name}[${i}]`).toBeLessThan(
        2e-4,
      );
    }
  }
});
