import { learningRateAt } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import { type Batch, disposeBatch, readBatch, withBatch } from './batches.ts';
import type { PhasePlan } from './plan.ts';
import { phaseIndex } from './plan.ts';
import type { Session } from './session.ts';
import { trainStep } from './train-step.ts';

/** The order of the training samples in one pass: a function of seed, phase, epoch and pass alone. */
function orderOf(session: Session, pass: number): Int32Array {
  const order = session.samples.train.slice();
  randomStream(
    session.spec.seed,
    'shuffle',
    phaseIndex(session.state.phase),
    session.state.epoch,
    pass,
  ).shuffle(order);
  return order;
}

/** Reads the batches of the current epoch, each a function of its step alone. */
class BatchReader {
  readonly #session: Session;
  readonly #batchesPerPass: number;
  #pass = -1;
  #order: Int32Array;

  constructor(session: Session) {
    this.#session = session;
    this.#order = session.samples.train;
    this.#batchesPerPass = Math.ceil(this.#order.length / session.spec.training.batchSize);
  }

  read(step: number): Batch {
    const { state, spec, ports, network } = this.#session;
    const { batchSize, augmentation } = spec.training;
    const pass = Math.floor(step / this.#batchesPerPass);
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#order = orderOf(this.#session, pass);
    }
    const from = (step % this.#batchesPerPass) * batchSize;
    const to = Math.min(this.#order.length, from + batchSize);
    const stream = randomStream(spec.seed, 'augment', phaseIndex(state.phase), state.epoch, step);
    return readBatch(ports.dataset.train, this.#order, from, to, {
      timeSteps: network.timeSteps,
      augmentation: augmentation === 'none' ? undefined : { kind: augmentation, stream },
    });
  }
}

/**
 * Runs the rest of the current epoch from `state.step` on. Returns the training images per second, validation
 * left out. Between steps it reports progress, saves a checkpoint when one is due and ends when asked to.
 */
export async function runEpoch(
  session: Session,
  plan: PhasePlan,
  beforeStep?: (step: number) => Promise<void>,
): Promise<{ imagesPerSecond: number; seconds: number; learningRate: number }> {
  const { state, spec, ports } = session;
  const reader = new BatchReader(session);
  let images = 0;
  let seconds = 0;
  let learningRate = 0;
  /** Of the next step. */
  let ahead: Batch | undefined;
  try {
    while (state.step < plan.stepsPerEpoch) {
      await session.stopIfAsked();
      if (session.checkpointIsDue) await session.checkpoint();
      await beforeStep?.(state.step);
      const started = ports.clock.monotonicMs();
      const batch = ahead ?? reader.read(state.step);
      ahead = undefined;
      learningRate = learningRateAt({
        base: plan.learningRate,
        schedule: spec.training.schedule,
        step: (plan.scheduleRestarts ? 0 : state.epoch * plan.stepsPerEpoch) + state.step,
        totalSteps: plan.stepsPerEpoch * (plan.scheduleRestarts ? 1 : plan.epochs),
      });
      await withBatch(batch, () =>
        trainStep(session, batch, learningRate, async () => {
          if (state.step + 1 < plan.stepsPerEpoch) ahead = reader.read(state.step + 1);
          await ports.breathe();
        }),
      );
      state.step += 1;
      const elapsed = (ports.clock.monotonicMs() - started) / 1000;
      images += batch.hostLabels.length;
      seconds += elapsed;
      session.noteStepSeconds(elapsed);
      session.reportProgressIfDue();
    }
  } finally {
    if (ahead !== undefined) disposeBatch(ahead);
  }
  return { imagesPerSecond: seconds > 0 ? images / seconds : 0, seconds, learningRate };
}
