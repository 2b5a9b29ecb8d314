import type { Codebook, ComputePin, Mask } from './checkpoint.ts';
import type { ComputeRequest } from './compute.ts';
import type { ErrorCode } from './errors.ts';
import type { EventType } from './events.ts';
import type { Phase } from './phases.ts';
import type { Report } from './report.ts';
import type { ResolvedSpec } from './resolved-spec.ts';

/**
 * What the worker and its trainer process say to each other over IPC. Big things travel as files in the scratch
 * folder, named with their sha256. The trainer has no credentials and opens no connection.
 */
export type ToTrainer =
  | {
      type: 'start';
      jobId: string;
      spec: ResolvedSpec;
      /** Folder with the data set's files. */
      datasetDirectory: string;
      /** Empty folder of this attempt, for what the trainer writes. */
      scratchDirectory: string;
      /** Full state to go on from, or null to begin. */
      resume: { path: string; sha256: string; pin: ComputePin } | null;
      compute: ComputeRequest;
      checkpointIntervalMs: number;
    }
  | { type: 'saved'; sequence: number }
  | { type: 'stop' };

export interface CheckpointDraft {
  sequence: number;
  phase: Phase;
  epoch: number;
  step: number;
  metrics: Record<string, number>;
  pin: ComputePin;
  codebooks: Codebook[];
  masks: Mask[];
  file: { path: string; sha256: string; bytes: number };
  /** At the end of `pretrain`: any job that does the same until then can go on from it. */
  pretrained?: true;
}

export interface ArtifactDraft {
  name: string;
  format: string;
  mediaType: string;
  path: string;
  sha256: string;
  bytes: number;
}

export type FromTrainer =
  | { type: 'ready'; pin: ComputePin; notice: string | null }
  | { type: 'event'; event: EventType; data: Record<string, unknown>; replayed: boolean }
  | { type: 'progress'; phase: Phase; fraction: number; etaSeconds: number | null }
  /** The trainer waits for `saved` before it goes on. */
  | { type: 'checkpoint'; checkpoint: CheckpointDraft }
  | { type: 'done'; report: Report; artifacts: ArtifactDraft[] }
  | { type: 'stopped' }
  | { type: 'failed'; code: ErrorCode; detail: string };
