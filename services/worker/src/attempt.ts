import { assertExhaustive, type CheckpointDraft, type FromTrainer } from '@spikefit/contracts';
import type { Claim } from '@spikefit/database';
import type { Logger } from '@spikefit/telemetry';
import { conclude } from './conclude.ts';
import { type Ending, endingOfCrash } from './ending.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Resources } from './resources.ts';
import { fetchResumePoint } from './resume.ts';
import { retrying } from './retrying.ts';
import { createScratch } from './scratch.ts';
import { storeArtifacts, storeCheckpoint } from './stored-files.ts';
import { toJobError } from './system-error.ts';
import { TrainerProcess } from './trainer-process.ts';

/** How long a trainer that has said its last word may take to end. */
const exitGraceMs = 5000;

/**
 * One attempt at one job, from the claim to the moment when the job's row says what came of it.
 *
 *   claimed → preparing (data set, resume point) → training (messages) → concluded
 *
 * Two things can end it: its work, and a decision from outside (the lease is lost, the owner cancels, the time is
 * up, the worker stops and the trainer does not). The first one counts. A decision kills the trainer at once and
 * makes it mute; what was being written then is fenced off by the lease.
 */
export class Attempt {
  readonly #resources: Resources;
  readonly #claim: Claim;
  readonly #logger: Logger;
  readonly #decided = new AbortController();
  #decision: Ending | undefined;
  #progress: { fraction: number; etaSeconds: number | null } | undefined;
  #trainer: TrainerProcess | undefined;
  #heartbeat: Heartbeat | undefined;
  #isStopping = false;

  constructor(resources: Resources, claim: Claim) {
    this.#resources = resources;
    this.#claim = claim;
    this.#logger = resources.logger.child({ jobId: claim.lease.jobId, attempt: claim.attempt });
  }

  /** Never throws: whatever happens is an ending, and is written down as far as the lease and Postgres allow. */
  async run(entry: { extendLock: () => Promise<boolean>; signal: AbortSignal }): Promise<Ending> {
    const { config } = this.#resources;
    const finished = new AbortController();
    using heartbeat = this.#startHeartbeat(entry.extendLock);
    this.#heartbeat = heartbeat;
    this.#limitRuntime(finished.signal);
    const stop = () => this.#stop(config.shutdownSeconds * 1000, finished.signal);
    if (entry.signal.aborted) stop();
    else entry.signal.addEventListener('abort', stop, { once: true });
    try {
      const ending = await this.#runInScratch().catch((error: unknown) => this.#endingOf(error));
      finished.abort();
      return await conclude(this.#resources, this.#claim, ending, this.#logger);
    } finally {
      entry.signal.removeEventListener('abort', stop);
    }
  }

  async #runInScratch(): Promise<Ending> {
    const { config } = this.#resources;
    await using scratch = await createScratch(config.scratch, this.#claim.lease.jobId, process.pid);
    const work = this.#work(scratch.directory).catch((error: unknown) => this.#endingOf(error));
    const ending = await Promise.race([work, this.#untilDecided()]);
    await this.#trainer?.[Symbol.asyncDispose]();
    return this.#decision ?? ending;
  }

  #endingOf(error: unknown): Ending {
    const { code, detail } = toJobError(error);
    if (code === 'job.lease-lost') this.#logger.warn('a late write was refused: another attempt has the job');
    if (this.#decision !== undefined) return this.#decision;
    if (code === 'job.lease-lost') return { kind: 'lost' };
    this.#logger.error({ err: error }, 'attempt failed');
    return { kind: 'failed', code, detail };
  }

  async #work(scratchDirectory: string): Promise<Ending> {
    const { compute, config, ensureDataset } = this.#resources;
    const { spec, lease } = this.#claim;
    const signal = this.#decided.signal;
    const datasetDirectory = await ensureDataset(spec.dataset.id, signal);
    const resume = await fetchResumePoint(this.#resources, this.#claim, scratchDirectory, signal);
    signal.throwIfAborted();
    if (this.#isStopping) return { kind: 'released', detail: 'the worker stops' };
    const trainer = new TrainerProcess({
      path: this.#resources.trainerPath,
      environment: config.trainerEnvironment,
      onOutput: (line) => this.#logger.info({ line }, 'trainer says'),
    });
    this.#trainer = trainer;
    this.#logger.info({ trainerPid: trainer.pid, resumeFrom: resume?.from ?? null }, 'trainer started');
    trainer.send({
      type: 'start',
      jobId: lease.jobId,
      spec,
      datasetDirectory,
      scratchDirectory,
      resume: resume && { path: resume.path, sha256: resume.sha256, pin: resume.pin },
      compute: {
        backend: compute.backend,
        device: compute.device,
        threads: compute.threads,
        isa: compute.isa,
      },
      checkpointIntervalMs: config.checkpointSeconds * 1000,
    });
    for await (const message of trainer.messages()) {
      const ending = await this.#handle(message, trainer, scratchDirectory);
      if (ending === null) continue;
      await this.#untilExited(trainer);
      return ending;
    }
    return endingOfCrash(await trainer.exited);
  }

  async #untilExited(trainer: TrainerProcess): Promise<void> {
    const exited = new AbortController();
    const grace = this.#resources.clock.sleep(exitGraceMs, exited.signal).catch(() => undefined);
    await Promise.race([trainer.exited, grace]);
    exited.abort();
  }

  /** @returns an ending when the message is the trainer's last */
  async #handle(message: FromTrainer, trainer: TrainerProcess, directory: string): Promise<Ending | null> {
    const signal = this.#decided.signal;
    switch (message.type) {
      case 'ready':
        this.#logger.info({ pin: message.pin }, message.notice ?? 'the trainer has its backend');
        return null;
      case 'progress':
        this.#progress = { fraction: message.fraction, etaSeconds: message.etaSeconds };
        this.#heartbeat?.poke();
        return null;
      case 'event': {
        const event = { type: message.event, data: message.data, replayed: message.replayed };
        await this.#write(() => this.#resources.database.attempts.appendEvents(this.#claim.lease, [event]));
        return null;
      }
      case 'checkpoint':
        await this.#storeCheckpoint(message.checkpoint, directory);
        trainer.send({ type: 'saved', sequence: message.checkpoint.sequence });
        return null;
      case 'done': {
        const { report, artifacts: drafts } = message;
        const artifacts = await storeArtifacts(this.#resources, this.#claim, directory, drafts, signal);
        return { kind: 'done', report, artifacts };
      }
      case 'stopped':
        return { kind: 'released', detail: 'the worker stops; the work is saved' };
      case 'failed':
        return { kind: 'failed', code: message.code, detail: message.detail };
      default:
        return assertExhaustive(message);
    }
  }

  async #storeCheckpoint(draft: CheckpointDraft, directory: string): Promise<void> {
    await storeCheckpoint(this.#resources, this.#claim, directory, draft, this.#decided.signal);
    const { sequence, phase, epoch, step } = draft;
    this.#logger.info({ sequence, phase, epoch, step, bytes: draft.file.bytes }, 'checkpoint saved');
  }

  #write<T>(operation: () => Promise<T>): Promise<T> {
    return retrying(operation, {
      clock: this.#resources.clock,
      signal: this.#decided.signal,
      logger: this.#logger,
    });
  }

  #startHeartbeat(extendLock: () => Promise<boolean>): Heartbeat {
    const { clock, config, database, metrics } = this.#resources;
    const { lease } = this.#claim;
    return new Heartbeat({
      clock,
      everyMs: config.heartbeatSeconds * 1000,
      leaseMs: lease.leaseSeconds * 1000,
      renewLease: () => database.attempts.heartbeat(lease, this.#progress),
      renewLock: extendLock,
      onDirective: (directive) => {
        switch (directive) {
          case 'lost':
            return this.#decide({ kind: 'lost' });
          case 'cancel':
            return this.#decide({ kind: 'canceled' });
          case 'pause':
            return this.#askToStop();
          default:
            return assertExhaustive(directive);
        }
      },
      onFailure: (error) => {
        metrics.heartbeatFailures.inc();
        this.#logger.warn({ err: error }, 'heartbeat failed');
      },
    });
  }

  #limitRuntime(finished: AbortSignal): void {
    const { maxRuntimeSeconds } = this.#claim.spec.limits;
    const leftMs = Math.max(0, maxRuntimeSeconds * 1000 - this.#claim.earlierRunningMs);
    this.#resources.clock.sleep(leftMs, finished).then(
      () => {
        const detail = `the job ran longer than limits.maxRuntimeSeconds = ${maxRuntimeSeconds}`;
        this.#decide({ kind: 'failed', code: 'job.timed-out', detail });
      },
      () => undefined,
    );
  }

  /** An orderly end: the trainer is asked to save its work; if it takes too long, the last checkpoint must do. */
  #stop(graceMs: number, finished: AbortSignal): void {
    this.#askToStop();
    this.#resources.clock.sleep(graceMs, finished).then(
      () =>
        this.#decide({ kind: 'released', detail: 'the worker stops; the last checkpoint is gone on from' }),
      () => undefined,
    );
  }

  #askToStop(): void {
    this.#isStopping = true;
    this.#trainer?.send({ type: 'stop' });
  }

  #decide(ending: Ending): void {
    if (this.#decided.signal.aborted) return;
    this.#decision = ending;
    this.#trainer?.kill();
    this.#decided.abort(new Error(`decided: ${ending.kind}`));
  }

  /** Stays pending when the work ends by itself. */
  #untilDecided(): Promise<Ending> {
    return new Promise((resolve) => {
      const settle = () => resolve(this.#decision ?? { kind: 'lost' });
      if (this.#decided.signal.aborted) settle();
      else this.#decided.signal.addEventListener('abort', settle, { once: true });
    });
  }
}
