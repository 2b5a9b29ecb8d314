import { CodedError, type ComputePin, type ToTrainer } from '@spikefit/contracts';
import { registerNativeBackend } from '@spikefit/tfjs-native';
import { stateFormatVersion } from '@spikefit/training';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

export type ComputeRequest = Extract<ToTrainer, { type: 'start' }>['compute'];

export interface Backend {
  readonly pin: ComputePin;
  /** One line for people when the backend is not the one that they would expect. */
  readonly notice: string | null;
}

/** Raised when plain TensorFlow.js computes other bits than before, for the same job. */
const cpuKernelRevision = 1;

/**
 * The one place that picks a backend. `auto` takes `native` where its addon loads, else `cpu`; a named one that is
 * missing is an error.
 * @throws CodedError backend.unavailable
 */
export async function chooseBackend(request: ComputeRequest): Promise<Backend> {
  if (request.backend === 'cpu') return { pin: await useCpu(), notice: null };
  const outcome = await tryNative(request);
  if (outcome.pin !== null) return { pin: outcome.pin, notice: null };
  if (request.backend === 'auto') {
    return {
      pin: await useCpu(),
      notice: `backend native is not available, cpu is used, many times slower: ${outcome.reason}`,
    };
  }
  throw new CodedError(
    'backend.unavailable',
    `SPIKEFIT_BACKEND=${request.backend}: ${outcome.reason} Or set SPIKEFIT_BACKEND=cpu, which is many times slower.`,
  );
}

async function useCpu(): Promise<ComputePin> {
  await tf.setBackend('cpu');
  await tf.ready();
  return pin('cpu', 'javascript', cpuKernelRevision);
}

async function tryNative(
  request: ComputeRequest,
): Promise<{ pin: ComputePin } | { pin: null; reason: string }> {
  try {
    const status = await registerNativeBackend({ threads: request.threads, isa: request.isa });
    await tf.setBackend('native');
    await tf.ready();
    return { pin: pin('native', status.isa, status.kernelRevision) };
  } catch (error) {
    return { pin: null, reason: error instanceof Error ? error.message : String(error) };
  }
}

const pin = (backend: string, isa: string, kernelRevision: number): ComputePin => ({
  backend,
  isa,
  precision: 'fp32',
  kernelRevision,
  formatVersion: stateFormatVersion,
});
