import type {
  ArtifactDraft,
  CheckpointDraft,
  Clock,
  ComputePin,
  EventType,
  Phase,
  Report,
  ResolvedSpec,
} from '@spikefit/contracts';
import type { Split } from '@spikefit/datasets';

/**
 * Everything that the phase machine needs from outside. The trainer process gives real ones; tests give their own.
 * Training itself knows no file system, network, clock or backend.
 */
export interface TrainingPorts {
  readonly clock: Clock;
  readonly compute: {
    readonly pin: ComputePin;
    readonly tfjs: string;
    readonly node: string;
    readonly service: string;
  };
  readonly dataset: {
    readonly train: Split;
    readonly test: Split;
    /** What a reader of the report must know of the files. */
    readonly notes?: readonly string[];
  };
  readonly files: {
    /** Writes a whole file of this attempt. */
    write(name: string, bytes: Uint8Array): Promise<{ path: string; sha256: string; bytes: number }>;
    read(path: string): Promise<Uint8Array>;
    remove(path: string): Promise<void>;
  };
  /** Resolves once the checkpoint is durable; rejects if this attempt no longer owns the job. */
  saveCheckpoint(draft: CheckpointDraft): Promise<void>;
  emit(type: EventType, data: Record<string, unknown>): void;
  progress(phase: Phase, fraction: number, etaSeconds: number | null): void;
  /** True when the attempt should write a checkpoint and end. */
  shouldStop(): boolean;
  /** Gives the event loop a turn, so that messages are read between steps. */
  breathe(): Promise<void>;
}

export interface JobInput {
  readonly spec: ResolvedSpec;
  readonly ports: TrainingPorts;
  /** Bytes of the full state to go on from, or null to begin. */
  readonly resume: Uint8Array | null;
  /** A checkpoint is written at the end of each epoch, and after this many milliseconds within one. */
  readonly checkpointIntervalMs: number;
}

export type JobOutcome =
  | { readonly status: 'done'; readonly report: Report; readonly artifacts: ArtifactDraft[] }
  | { readonly status: 'stopped' };
