import type { Phase } from '@spikefit/contracts';
import type { BatchStream } from '@spikefit/snn';
import { phaseIndex } from './plan.ts';

/**
 * Random draws of one batch (dropout, rate encoding) are a function of where in the job the batch stands. Every use
 * has a range of epochs of its own, so that no two share a stream.
 */
const phaseStride = 1_000_000;
const uses = { evaluation: 100, scores: 101, recalibration: 102 } as const;

export const trainingStream = (seed: number, phase: Phase, epoch: number, batch: number): BatchStream => ({
  seed,
  epoch: phaseIndex(phase) * phaseStride + epoch,
  batch,
});

export const streamOf = (
  use: keyof typeof uses,
  seed: number,
  round: number,
  batch: number,
): BatchStream => ({
  seed,
  epoch: uses[use] * phaseStride + round,
  batch,
});
