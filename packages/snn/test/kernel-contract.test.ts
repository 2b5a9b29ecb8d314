/** The native backend knows nothing of the contracts package: what both say of the fused kernels must be the same. */
import * as contracts from '@spikefit/contracts';
import * as native from '@spikefit/tfjs-native';
import { expect, expectTypeOf, test } from 'vitest';

/** The same members and types, whether readonly or not. */
type Plain<T> = { -readonly [Key in keyof T]: T[Key] };

test('contracts and the native backend name the same fused kernels', () => {
  expect(new Set(native.fusedKernelNames)).toEqual(new Set(Object.values(contracts.fusedKernels)));
  expect(native.fusedKernelNames.length).toBe(Object.values(contracts.fusedKernels).length);
});

test('contracts and the native backend name the same surrogates', () => {
  expect([...native.surrogateNames].sort()).toEqual([...contracts.surrogateNames].sort());
});

test('contracts and the native backend give the kernels the same attributes', () => {
  // Checked by the compiler: `tsc -p tsconfig.test.json`.
  expectTypeOf<Plain<native.NeuronAttributes>>().toEqualTypeOf<contracts.NeuronAttributes>();
  expectTypeOf<Plain<native.NeuronBackwardAttributes>>().toEqualTypeOf<
    Plain<contracts.NeuronBackwardAttributes>
  >();
  expectTypeOf<Plain<native.SpikeBlockAttributes>>().toEqualTypeOf<Plain<contracts.SpikeBlockAttributes>>();
  expectTypeOf<Plain<native.SpikeBlockBackwardAttributes>>().toEqualTypeOf<
    Plain<contracts.SpikeBlockBackwardAttributes>
  >();
  expectTypeOf<Plain<native.AdamAttributes>>().toEqualTypeOf<contracts.AdamAttributes>();
  expectTypeOf<Plain<native.MovingAverageAttributes>>().toEqualTypeOf<contracts.MovingAverageAttributes>();
  expectTypeOf<Plain<native.SgdAttributes>>().toEqualTypeOf<contracts.SgdAttributes>();
  expectTypeOf<Plain<native.CrossEntropyAttributes>>().toEqualTypeOf<contracts.CrossEntropyAttributes>();
});
