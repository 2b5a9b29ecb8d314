import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { registerMaxPoolGrad } from './max-pool-grad.ts';
import { type AdapterInfo, openGpu } from './open-gpu.ts';

/** Fixed by the backend's package. */
export const webgpuBackendName = 'webgpu';

export interface WebgpuBackendInfo {
  /** Maker and architecture of the adapter, for example `nvidia hopper`. */
  readonly adapter: string;
  /** A software adapter computes on the CPU. */
  readonly device: 'cpu' | 'gpu';
}

const require = createRequire(import.meta.url);

/**
 * Registers the backend `webgpu` and makes it the current one. Its tensors cannot be read at once: use `data()`.
 *
 * @param options.device `gpu`, or `cpu` for a software adapter; `auto` takes what is there
 * @throws Error in one line with the remedy, where there is no such adapter
 */
export async function registerWebgpuBackend({
  device = 'auto',
}: {
  device?: 'auto' | 'cpu' | 'gpu';
} = {}): Promise<WebgpuBackendInfo> {
  const adapter = await openGpu();
  const found = isSoftware(adapter) ? 'cpu' : 'gpu';
  const name = [adapter.vendor, adapter.architecture].filter(Boolean).join(' ') || adapter.description;
  if (device !== 'auto' && device !== found) {
    throw new Error(
      device === 'gpu'
        ? `WebGPU finds no GPU but a software adapter (${name}): install the GPU's Vulkan driver, or set SPIKEFIT_DEVICE=cpu`
        : `WebGPU finds a GPU (${name}) and no software adapter: name one with VK_ICD_FILENAMES`,
    );
  }
  // It looks for `navigator.gpu` when it is loaded, and shares the registries of the tfjs-core that it requires.
  require('@tensorflow/tfjs-backend-webgpu');
  registerMaxPoolGrad();
  await tf.setBackend(webgpuBackendName);
  await tf.ready();
  return { adapter: name, device: found };
}

/** Dawn says so itself; Mesa's software driver is a GPU to it, but for its name. */
const isSoftware = ({ isFallbackAdapter, description }: AdapterInfo): boolean =>
  isFallbackAdapter || /llvmpipe|lavapipe|swiftshader/i.test(description);
