import {
  assertExhaustive,
  CodedError,
  type ComputePin,
  type ComputeRequest,
  type Precision,
  pinOfJob,
} from '@spikefit/contracts';
import {
  type InstructionSetName,
  nativeAddonStatus,
  nativeBackendName,
  registerNativeBackend,
} from '@spikefit/tfjs-native';
import { registerTensorflowBackend, tensorflowBackendName } from '@spikefit/tfjs-tensorflow';
import { registerWebgpuBackend, webgpuBackendName } from '@spikefit/tfjs-webgpu';
import { stateFormatVersion } from '@spikefit/training';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { processorName } from './processor-name.ts';

export interface Backend {
  readonly pin: ComputePin;
  /** One line for people when the backend is not the one that they would expect. */
  readonly notice: string | null;
}

/** Raised when plain TensorFlow.js computes other bits than before, for the same job. */
const cpuKernelRevision = 1;
/** The same for the backend webgpu, its package and Dawn. */
const webgpuKernelRevision = 1;

/**
 * The one place that picks a backend, for a job of this precision: see `choose`. A backend that does not know mixed
 * precision computes in fp32, and says so.
 * @throws CodedError backend.unavailable
 */
export async function chooseBackend(request: ComputeRequest, precision: Precision): Promise<Backend> {
  const backend = await choose(request, precision);
  const pin = pinOfJob(backend.pin, precision);
  if (pin.precision === precision) return { ...backend, pin };
  const notice = `backend ${pin.backend} computes a job of precision ${precision} in ${pin.precision}`;
  return { pin, notice: backend.notice === null ? notice : `${backend.notice}; ${notice}` };
}

/**
 * The backend and its own pin. `auto` takes `native` where its addon loads, else `cpu`; a named one that is missing is an
 * error, and so is an instruction set or a GPU that this machine lacks.
 */
async function choose(request: ComputeRequest, precision: Precision): Promise<Backend> {
  switch (request.backend) {
    case 'auto': {
      const addon = nativeAddonStatus();
      if (addon.available) return { pin: await useNative(request, precision), notice: null };
      const notice = `backend native is not available, so cpu is used, many times slower: ${addon.reason}`;
      return { pin: await useCpu(), notice };
    }
    case 'native':
      return { pin: await useNative(request, precision), notice: null };
    case 'cpu':
      return { pin: await useCpu(), notice: null };
    case 'tensorflow':
      return useTensorflow(request);
    case 'webgpu':
      return useWebgpu(request);
    default:
      return assertExhaustive(request.backend);
  }
}

async function useCpu(): Promise<ComputePin> {
  await tf.setBackend('cpu');
  await tf.ready();
  return pin('cpu', 'javascript', cpuKernelRevision);
}

async function useNative(
  { backend, threads, isa }: ComputeRequest,
  precision: Precision,
): Promise<ComputePin> {
  const addon = nativeAddonStatus();
  if (!addon.available) {
    throw new CodedError(
      'backend.unavailable',
      `SPIKEFIT_BACKEND=${backend}: ${addon.reason}; or set SPIKEFIT_BACKEND=cpu, which is many times slower`,
    );
  }
  const settings = `SPIKEFIT_BACKEND=${backend}, SPIKEFIT_THREADS=${threads}, SPIKEFIT_ISA=${isa ?? ''}`;
  return naming(settings, async () => {
    const info = registerNativeBackend({
      threads,
      precision,
      ...(isa === null ? {} : { isa: isa as InstructionSetName }),
    });
    await tf.setBackend(nativeBackendName);
    await tf.ready();
    return pin(nativeBackendName, info.isa, info.kernelRevision);
  });
}

function useTensorflow({ device }: ComputeRequest): Promise<Backend> {
  return naming(`SPIKEFIT_BACKEND=tensorflow, SPIKEFIT_DEVICE=${device}`, async () => {
    const found = registerTensorflowBackend({ device });
    // It picks its instructions by the processor, and other ones round otherwise.
    const isa = `${found.device}: ${processorName(found.device)}`;
    return {
      pin: pin(tensorflowBackendName, isa, revisionOf(found.version)),
      notice: device === 'auto' && found.device === 'cpu' ? 'backend tensorflow computes on the CPU' : null,
    };
  });
}

function useWebgpu({ device }: ComputeRequest): Promise<Backend> {
  return naming(`SPIKEFIT_BACKEND=webgpu, SPIKEFIT_DEVICE=${device}`, async () => {
    const found = await registerWebgpuBackend({ device });
    return {
      pin: pin(webgpuBackendName, `${found.device}: ${found.adapter}`, webgpuKernelRevision),
      notice:
        device === 'auto' && found.device === 'cpu'
          ? `backend webgpu has no GPU, so its software adapter ${found.adapter} computes, many times slower`
          : null,
    };
  });
}

/** Errors name the settings that led to them. */
async function naming<T>(settings: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError('backend.unavailable', `${settings}: ${reason}`, { cause });
  }
}

/** 2.21.0 → 22100. */
const revisionOf = (version: string): number => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 10_000 + minor * 100 + patch;
};

const pin = (backend: string, isa: string, kernelRevision: number): ComputePin => ({
  backend,
  isa,
  precision: 'fp32',
  kernelRevision,
  formatVersion: stateFormatVersion,
});
