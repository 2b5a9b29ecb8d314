import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { kernelRevision } from '../addon/kernel-revision.ts';
import { loadNativeAddon } from '../addon/load-addon.ts';
import type { InstructionSetName, NativeAddon } from '../addon/native-addon.ts';
import { registerCpuKernels } from '../kernels/native-kernel.ts';
import { registerAllKernels } from '../kernels/register-all-kernels.ts';
import { nativeBackendName } from './backend-name.ts';
import { NativeBackend, type Precision } from './native-backend.ts';
import { checkThreadCount } from './thread-count.ts';

export interface NativeBackendOptions {
  /** CPU threads that run kernels, 1 to 256. Any number gives the same bits. */
  readonly threads: number;
  /** Default: the best that this CPU has. Instruction sets may differ in the last bits. */
  readonly isa?: InstructionSetName;
  /**
   * Default `fp32`. With `mixed`, products that give an input gradient (Conv2DBackpropInput, and BatchMatMul with the
   * attribute `inputGradient`) round both operands to bfloat16 and sum in float32; all others are the same.
   */
  readonly precision?: Precision;
}

export interface NativeBackendInfo {
  readonly isa: InstructionSetName;
  readonly threads: number;
  readonly precision: Precision;
  readonly kernelRevision: number;
}

/** What the backend is made with; TensorFlow.js may make it later, and again after a reset. */
let configuration: { isa: InstructionSetName; threads: number; precision: Precision } = {
  isa: 'baseline',
  threads: 1,
  precision: 'fp32',
};

/** The one that TensorFlow.js made last. */
let current: NativeBackend | undefined;

function chooseInstructionSet(
  addon: NativeAddon,
  wanted: InstructionSetName | undefined,
): InstructionSetName {
  const runnable = addon.instructionSets().filter(({ compiled, supported }) => compiled && supported);
  const names = runnable.map(({ name }) => name);
  const best = names[0];
  if (wanted === undefined && best !== undefined) return best;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new Error(`instruction set ${wanted} cannot run on this CPU: choose one of ${names.join(', ')}`);
}

/**
 * Registers the TensorFlow.js backend `native`: every kernel of tfjs-cpu, the hot ones replaced by C++ kernels, and
 * the fused kernels of `fusedKernelNames`. The caller makes it current with `tf.setBackend('native')`.
 *
 * May be called again with other options, which then hold for the whole process.
 *
 * @throws Error if the addon is not available (see `nativeAddonStatus`), the thread count is not a whole number from 1
 * to 256, or this CPU lacks the instruction set.
 */
export function registerNativeBackend(options: NativeBackendOptions): NativeBackendInfo {
  const threads = checkThreadCount(options.threads);
  const addon = loadNativeAddon();
  const isa = chooseInstructionSet(addon, options.isa);
  const { precision = 'fp32' } = options;
  if (current !== undefined) current.precision = precision;
  configuration = { isa, threads, precision };
  // TensorFlow.js types promise a factory; it gives null for an unknown name.
  if ((tf.findBackendFactory(nativeBackendName) as unknown) === null) {
    registerCpuKernels();
    registerAllKernels();
    tf.registerBackend(nativeBackendName, () => {
      const { isa: chosen, threads: count, precision: wanted } = configuration;
      current = new NativeBackend(addon, chosen, count, wanted);
      return current;
    });
  }
  addon.configure(isa, threads);
  return { isa, threads, precision, kernelRevision };
}
