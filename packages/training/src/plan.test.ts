import '@tensorflow/tfjs-backend-cpu';
import { phases } from '@spikefit/contracts';
import { describe, expect, it } from 'vitest';
import { tinySpec } from '../test/harness.ts';
import { clusteredShare, planPhases, stepsDone, totalSteps } from './plan.ts';
import { streamOf, trainingStream } from './streams.ts';

describe('the plan of a job', () => {
  it('has every phase with its rounds and steps', () => {
    // 300 samples, a tenth for validation, 20 in a batch.
    const plans = planPhases(tinySpec());
    expect(plans.map(({ phase, epochs, stepsPerEpoch }) => [phase, epochs, stepsPerEpoch])).toEqual([
      ['prepare', 0, 0],
      ['pretrain', 3, 14],
      ['cluster', 2, 14],
      ['prune', 2, 7],
      ['finetune', 2, 14],
      ['export', 0, 0],
      ['evaluate', 0, 0],
    ]);
    expect(totalSteps(plans)).toBe(7 * 14 + 2 * 7);
    expect(stepsDone(plans, 'prune', 1, 3)).toBe(5 * 14 + 7 + 3);
    expect(stepsDone(plans, 'evaluate', 0, 0)).toBe(totalSteps(plans));
  });

  it('shares the epochs of the codebooks out among the pruning steps of a joint job', () => {
    const plans = planPhases(
      tinySpec({
        method: { composition: 'joint', pruning: { steps: 2, samples: 32, recoveryEpochs: 0.5 } },
      }),
    );
    expect(plans.map(({ phase, epochs, stepsPerEpoch }) => [phase, epochs, stepsPerEpoch])).toEqual([
      ['prepare', 0, 0],
      ['pretrain', 3, 14],
      ['prune', 2, 21],
      ['finetune', 2, 14],
      ['export', 0, 0],
      ['evaluate', 0, 0],
    ]);
    expect(plans[2]!.scheduleRestarts).toBe(false);
    const alone = tinySpec({ method: { composition: 'joint', pruning: { technique: 'none' } } });
    expect(planPhases(alone).map(({ phase }) => phase)).toContain('cluster');
  });

  it('knows how much is over of the phase in which codebooks come to be', () => {
    const share = (spec: ReturnType<typeof tinySpec>, at: Parameters<typeof clusteredShare>[2]) =>
      clusteredShare(spec, planPhases(spec), at);
    const chained = tinySpec();
    expect(share(chained, { phase: 'cluster', epoch: 0, step: 0 })).toBe(0);
    expect(share(chained, { phase: 'cluster', epoch: 1, step: 7 })).toBe(0.75);
    expect(share(chained, { phase: 'prune', epoch: 0, step: 0 })).toBe(1);
    expect(share(chained, { phase: 'finetune', epoch: 1, step: 3 })).toBe(1);
    const joint = { ...chained, composition: 'joint' as const };
    expect(share(joint, { phase: 'prune', epoch: 1, step: 0 })).toBe(0.5);
    expect(share(joint, { phase: 'finetune', epoch: 0, step: 0 })).toBe(1);
  });

  it('leaves out what a job does not need', () => {
    const plain = tinySpec({
      method: { quantization: { technique: 'none' }, pruning: { technique: 'none' } },
    });
    expect(planPhases(plain).map(({ phase }) => phase)).toEqual([
      'prepare',
      'pretrain',
      'export',
      'evaluate',
    ]);
  });

  it('refuses a technique that this trainer does not know', () => {
    const spec = tinySpec();
    spec.quantization.technique = 'later';
    expect(() => planPhases(spec)).toThrow(expect.objectContaining({ code: 'spec.technique-unknown' }));
  });

  it('gives no two uses of randomness the same stream', () => {
    const epochs = new Set<number>();
    let count = 0;
    for (const phase of phases) {
      for (const epoch of [0, 1, 999]) {
        epochs.add(trainingStream(1, phase, epoch, 0).epoch);
        count += 1;
      }
    }
    for (const use of ['evaluation', 'scores', 'recalibration'] as const) {
      for (const round of [0, 49]) {
        epochs.add(streamOf(use, 1, round, 0).epoch);
        count += 1;
      }
    }
    expect(epochs.size).toBe(count);
  });
});
