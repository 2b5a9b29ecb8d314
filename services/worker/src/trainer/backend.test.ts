import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseBackend } from './backend.ts';

// A machine without a compiler, which this one is not.
vi.mock('@spikefit/tfjs-native', () => ({
  nativeBackendName: 'native',
  nativeAddonStatus: () => ({ available: false, reason: 'the native addon is not built: build it with X' }),
  registerNativeBackend: () => {
    throw new Error('must not be asked');
  },
}));
afterEach(() => vi.resetModules());

const request = { device: 'auto', threads: 2, isa: null } as const;

describe('chooseBackend without the native addon', () => {
  it('auto: takes cpu and says so in one line with the remedy', async () => {
    const { pin, notice } = await chooseBackend({ ...request, backend: 'auto' }, 'fp32');
    expect(pin).toMatchObject({ backend: 'cpu', isa: 'javascript', precision: 'fp32' });
    expect(notice).toContain('build it with X');
    expect(notice).not.toContain('\n');
  });

  it('cpu: takes it without a word', async () => {
    expect(await chooseBackend({ ...request, backend: 'cpu' }, 'fp32')).toMatchObject({
      pin: { backend: 'cpu' },
      notice: null,
    });
  });

  it('cpu: computes a job of mixed precision in fp32, and says so', async () => {
    expect(await chooseBackend({ ...request, backend: 'cpu' }, 'mixed')).toEqual({
      pin: expect.objectContaining({ backend: 'cpu', precision: 'fp32' }),
      notice: 'backend cpu computes a job of precision mixed in fp32',
    });
    const { notice } = await chooseBackend({ ...request, backend: 'auto' }, 'mixed');
    expect(notice).toMatch(/build it with X; backend cpu computes a job of precision mixed in fp32$/);
  });

  it('native: refuses, naming the setting and the remedies', async () => {
    await expect(chooseBackend({ ...request, backend: 'native' }, 'fp32')).rejects.toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringMatching(/SPIKEFIT_BACKEND=native.*build it with X.*SPIKEFIT_BACKEND=cpu/),
    });
  });
});

describe('chooseBackend for a GPU that is absent', () => {
  // Holds where TensorFlow is not set up as well as where it is set up for the CPU.
  it('tensorflow: refuses, naming the settings and the remedy', async () => {
    await expect(
      chooseBackend({ ...request, backend: 'tensorflow', device: 'gpu' }, 'fp32'),
    ).rejects.toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringMatching(
        /^SPIKEFIT_BACKEND=tensorflow, SPIKEFIT_DEVICE=gpu: .*(npm run setup:tensorflow|nvidia-smi)/,
      ),
    });
  });

  it('webgpu: refuses, naming the settings and the remedy', async (context) => {
    const refused = await chooseBackend({ ...request, backend: 'webgpu', device: 'gpu' }, 'fp32').catch(
      (error: unknown) => error,
    );
    if (!(refused instanceof Error)) return context.skip('there is a GPU');
    expect(refused).toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringMatching(
        /^SPIKEFIT_BACKEND=webgpu, SPIKEFIT_DEVICE=gpu: WebGPU finds no .*install/,
      ),
    });
  });
});
