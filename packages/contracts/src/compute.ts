import type { ComputePin } from './checkpoint.ts';

/** What a worker may be asked to compute with; `auto` is `native` where its addon loads, else `cpu`. */
export const computeBackends = ['auto', 'native', 'cpu', 'tensorflow', 'webgpu'] as const;
export type ComputeBackend = (typeof computeBackends)[number];

/** Where `tensorflow` and `webgpu` compute; `auto` takes a GPU where they find one. */
export const computeDevices = ['auto', 'cpu', 'gpu'] as const;
export type ComputeDevice = (typeof computeDevices)[number];

/** The worker's settings, as its trainer gets them. */
export interface ComputeRequest {
  readonly backend: ComputeBackend;
  readonly device: ComputeDevice;
  readonly threads: number;
  /** Instruction set of `native`; null: the best that the processor has. */
  readonly isa: string | null;
}

/** What a job's own products are computed in, see `training.precision`. */
export const precisions = ['fp32', 'mixed'] as const;
export type Precision = (typeof precisions)[number];

/**
 * The pin of one job on a worker whose own pin this is: the backend `native` knows mixed precision, every other one
 * computes such a job in fp32.
 */
export const pinOfJob = (worker: ComputePin, precision: Precision): ComputePin => ({
  ...worker,
  precision: worker.backend === 'native' ? precision : 'fp32',
});
