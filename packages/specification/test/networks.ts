import type { Network, Shape3 } from '@spikefit/contracts';
import fc from 'fast-check';
import { inferNetwork } from '../src/architecture/infer-network.ts';
import { defaultNeuron } from '../src/defaults.ts';

export const network = (architecture: string, inputShape: Shape3 = [28, 28, 1], classes = 10): Network =>
  inferNetwork({ architecture, inputShape, classes, timeSteps: 4, encoder: 'direct', neuron: defaultNeuron });

const pools = fc.constantFrom('', '', '-MP2', '-AP2', '-DP0.5');
const neuron = fc.constantFrom('IF', 'LIF', 'PLIF');
const norm = fc.constantFrom('', '-BN');

const convolutionBlock = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 3 }),
    norm,
    neuron,
    pools,
  )
  .map(
    ([filters, kernel, stride, bn, spikes, pool]) => `${filters}C${kernel}S${stride}${bn}-${spikes}${pool}`,
  );
const denseBlock = fc
  .tuple(fc.integer({ min: 1, max: 9 }), norm, neuron)
  .map(([units, bn, spikes]) => `FC${units}${bn}-${spikes}`);

/** Small networks of every shape that the grammar allows; those that shrink to nothing are left out. */
export const smallNetworks: fc.Arbitrary<Network> = fc
  .record({
    convolutions: fc.array(convolutionBlock, { maxLength: 3 }),
    denses: fc.array(denseBlock, { maxLength: 2 }),
    end: fc.constantFrom('FC3', 'FC3-LIF', 'FC3-BN-IF'),
    input: fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
    ),
  })
  .map(({ convolutions, denses, end, input }) => {
    try {
      return network([...convolutions, ...denses, end].join('-'), input, 3);
    } catch {
      return null;
    }
  })
  .filter((made) => made !== null);
