import { type InstructionSetName, nativeAddonStatus } from '@spikefit/tfjs-native';
import { describe, expect, it } from 'vitest';
import { chooseBackend } from './backend.ts';

const status = nativeAddonStatus();
const sets: readonly InstructionSetName[] = ['avx512', 'avx2', 'baseline'];

describe.each(sets)('SPIKEFIT_ISA=%s', (isa) => {
  const request = { backend: 'native', device: 'auto', threads: 2, isa } as const;
  if (!status.available) {
    it.skip(`SKIPPED: ${status.reason}`, () => {});
    return;
  }
  if (status.instructionSets.includes(isa)) {
    it('is what the kernels run on, and what checkpoints pin', async () => {
      expect((await chooseBackend(request, 'fp32')).pin).toMatchObject({ backend: 'native', isa });
    });
    return;
  }
  it('is refused where the CPU lacks it', async () => {
    await expect(chooseBackend(request, 'fp32')).rejects.toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringContaining(`SPIKEFIT_ISA=${isa}`),
    });
  });
});
