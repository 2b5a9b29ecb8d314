import { learningRateAt } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import { readBatch, withBatch } from './batches.ts';
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
  const { batchSize, augmentation, schedule } = spec.training;
  const batchesPerPass = Math.ceil(session.samples.train.length / batchSize);
  let pass = -1;
  let order = session.samples.train;
  let images = 0;
  let seconds = 0;
  let learningRate = 0;
  while (state.step < plan.stepsPerEpoch) {
    await session.stopIfAsked();
    if (session.checkpointIsDue) await session.checkpoint();
    await beforeStep?.(state.step);
    const started = ports.clock.monotonicMs();
    const nextPass = Math.floor(state.step / batchesPerPass);
    if (nextPass !== pass) {
      pass = nextPass;
      order = orderOf(session, pass);
    }
    const from = (state.step % batchesPerPass) * batchSize;
    const to = Math.min(order.length, from + batchSize);
    const stream = randomStream(spec.seed, 'augment', phaseIndex(state.phase), state.epoch, state.step);
    const batch = readBatch(ports.dataset.train, order, from, to, {
      timeSteps: session.network.timeSteps,
      augmentation: augmentation === 'none' ? undefined : { kind: augmentation, stream },
    });
    learningRate = learningRateAt({
      base: plan.learningRate,
      schedule,
      step: (plan.scheduleRestarts ? 0 : state.epoch * plan.stepsPerEpoch) + state.step,
      totalSteps: plan.stepsPerEpoch * (plan.scheduleRestarts ? 1 : plan.epochs),
    });
    await withBatch(batch, () => trainStep(session, batch, learningRate));
    state.step += 1;
    const elapsed = (ports.clock.monotonicMs() - started) / 1000;
    images += to - from;
    seconds += elapsed;
    session.noteStepSeconds(elapsed);
    session.reportProgressIfDue();
    await ports.breathe();
  }
  return { imagesPerSecond: seconds > 0 ? images / seconds : 0, seconds, learningRate };
}
