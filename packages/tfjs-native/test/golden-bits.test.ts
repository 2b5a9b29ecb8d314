/** Checkpoints pin the kernel revision: bits that change without a raise would let a resumed job end elsewhere. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { kernelRevision } from '../src/addon/kernel-revision.ts';
import { loadNativeAddon, nativeAddonStatus } from '../src/addon/load-addon.ts';
import type { InstructionSetName, NativeAddon } from '../src/addon/native-addon.ts';
import { goldenBits, goldenRevision } from './golden/golden-bits.ts';
import { type GoldenCase, goldenCases } from './golden/golden-cases.ts';

const status = nativeAddonStatus();
const supported = status.available ? status.instructionSets : [];

const remedy =
  'raise kernel_revision.h (and src/addon/kernel-revision.ts), then put the digests of this failure into test/golden/golden-bits.ts';

function digestOf(addon: NativeAddon, run: GoldenCase): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of run(addon)) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

it('the golden bits are of this kernel revision', () => {
  expect(goldenRevision, 'the revision was raised: store the new digests beside it').toBe(kernelRevision);
});

it('every kernel of the addon has a golden case', () => {
  const kernels = ['packSpikes', ...Object.keys(loadNativeAddon().deferred)];
  expect(Object.keys(goldenCases).sort()).toEqual(kernels.sort());
});

describe.each<InstructionSetName>(['avx512', 'avx2', 'baseline'])('kernels compiled for %s', (isa) => {
  if (!supported.includes(isa)) {
    it.skip(`SKIPPED: this CPU has no ${isa}`, () => {});
    return;
  }
  const addon = loadNativeAddon();
  afterAll(() => addon.configure(supported[0]!, 2));

  it(`give the bits of revision ${goldenRevision}`, () => {
    addon.configure(isa, 2);
    const digests = Object.fromEntries(
      Object.entries(goldenCases).map(([kernel, run]) => [kernel, digestOf(addon, run)]),
    );
    expect(digests, `bits changed: ${remedy}`).toEqual(goldenBits[isa]);
  });
});
