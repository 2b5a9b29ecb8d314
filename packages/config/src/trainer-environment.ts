import type { WorkerConfig } from './config.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** What any program needs to run at all. */
export const programVariables = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'LD_LIBRARY_PATH',
] as const;

/** Which GPUs and drivers a program sees. */
export const gpuVariables = ['CUDA_VISIBLE_DEVICES', 'VK_ICD_FILENAMES', 'VK_DRIVER_FILES'] as const;

/** The whole environment of a trainer process. */
export function readTrainerEnvironment(
  reader: EnvironmentReader,
  compute: WorkerConfig['compute'],
): Record<string, string> {
  // Everything else, known or not, stays behind.
  const taken = [...programVariables, ...gpuVariables].flatMap((name) => {
    const value = reader.optional(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(taken), ...(compute.backend === 'tensorflow' && tensorflow(compute)) };
}

/** TensorFlow's C++ library reads its settings from nowhere else. */
const tensorflow = ({ threads, device }: WorkerConfig['compute']): Record<string, string> => ({
  TF_NUM_INTRAOP_THREADS: String(threads),
  // Operations run one after another anyway.
  TF_NUM_INTEROP_THREADS: '1',
  TF_DETERMINISTIC_OPS: '1',
  // float32 as it is stored, not with the 10 bits of mantissa of TensorFloat-32.
  NVIDIA_TF32_OVERRIDE: '0',
  // Warnings and errors, no notes on the processor.
  TF_CPP_MIN_LOG_LEVEL: '1',
  ...(device === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }),
});
