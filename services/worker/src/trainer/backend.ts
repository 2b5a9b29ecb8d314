import { CodedError, type ComputePin, type ToTrainer } from '@spikefit/contracts';
import {
  type InstructionSetName,
  nativeAddonStatus,
  nativeBackendName,
  registerNativeBackend,
} from '@spikefit/tfjs-native';
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
 * missing is an error, and so is an instruction set that this processor lacks.
 * @throws CodedError backend.unavailable
 */
export async function chooseBackend(request: ComputeRequest): Promise<Backend> {
  if (request.backend === 'cpu') return { pin: await useCpu(), notice: null };
  const addon = nativeAddonStatus();
  if (addon.available) return { pin: await useNative(request), notice: null };
  if (request.backend === 'auto') {
    const notice = `backend native is not available, so cpu is used, many times slower: ${addon.reason}`;
    return { pin: await useCpu(), notice };
  }
  throw new CodedError(
    'backend.unavailable',
    `SPIKEFIT_BACKEND=${request.backend}: ${addon.reason}; or set SPIKEFIT_BACKEND=cpu, which is many times slower`,
  );
}

async function useCpu(): Promise<ComputePin> {
  await tf.setBackend('cpu');
  await tf.ready();
  return pin('cpu', 'javascript', cpuKernelRevision);
}

async function useNative({ backend, threads, isa }: ComputeRequest): Promise<ComputePin> {
  try {
    const info = registerNativeBackend({
      threads,
      ...(isa === null ? {} : { isa: isa as InstructionSetName }),
    });
    await tf.setBackend(nativeBackendName);
    await tf.ready();
    return pin(nativeBackendName, info.isa, info.kernelRevision);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'backend.unavailable',
      `SPIKEFIT_BACKEND=${backend}, SPIKEFIT_THREADS=${threads}, SPIKEFIT_ISA=${isa ?? ''}: ${reason}`,
      { cause },
    );
  }
}

const pin = (backend: string, isa: string, kernelRevision: number): ComputePin => ({
  backend,
  isa,
  precision: 'fp32',
  kernelRevision,
  formatVersion: stateFormatVersion,
});
