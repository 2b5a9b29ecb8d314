import { readSafetensors, writeSafetensors } from '@spikefit/interchange';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { tinySpec } from '../test/harness.ts';
import { deserializeState, serializeState, type TrainingState } from './state.ts';

const state = (): TrainingState => ({
  phase: 'finetune',
  epoch: 1,
  step: 7,
  pruned: false,
  updates: 12,
  network: tinySpec().network,
  kept: { '0.conv': [0, 3, 5, 7] },
  synapses: { '0.conv': Uint8Array.of(1, 0, 1) },
  parameters: { '0.conv/weights': { shape: [1, 2], data: Float32Array.of(0.1, -0) } },
  firstMoments: { '0.conv/weights': { shape: [1, 2], data: Float32Array.of(1e-30, 3) } },
  secondMoments: {},
  frozen: { '0.conv': { assignments: Uint8Array.of(1, 0), delta: [0.1 + 0.2] } },
  best: {
    epoch: 1,
    validationAccuracy: 1 / 3,
    parameters: { '0.conv/weights': { shape: [1, 2], data: Float32Array.of(4, 5) } },
    frozen: null,
  },
  baseline: { '0.conv/weights': { shape: [1, 2], data: Float32Array.of(6, 7) } },
  running: { loss: 0.1 + 0.7, correct: 3, seen: 9 },
  history: [
    {
      phase: 'pretrain',
      epoch: 1,
      loss: 2 / 3,
      trainAccuracy: 0.5,
      validationAccuracy: 0.25,
      spikeRate: 0.1,
    },
  ],
  checkpointSequence: 4,
  pretrained: true,
});

describe('the state of a job', () => {
  it('comes back as it was, to the last bit', () => {
    expect(deserializeState(serializeState(state()))).toEqual(state());
    const none: TrainingState = { ...state(), frozen: null, best: null, baseline: null };
    expect(deserializeState(serializeState(none))).toEqual(none);
  });

  const damage: [string, (file: ReturnType<typeof readSafetensors>) => Record<string, string>][] = [
    [
      'another format version',
      ({ metadata }) => ({ state: metadata.state!.replace('"formatVersion":1', '"formatVersion":2') }),
    ],
    ['no state', () => ({})],
    ['text that is no JSON', () => ({ state: 'nonsense' })],
    [
      'missing assignments',
      (file) => {
        (file.tensors as Map<string, unknown>).delete('frozen:0.conv');
        return { ...file.metadata };
      },
    ],
    [
      'a tensor of another type',
      (file) => {
        (file.tensors as Map<string, unknown>).set('parameters:0.conv/weights', {
          dtype: 'U8',
          shape: [1],
          data: Uint8Array.of(1),
        });
        return { ...file.metadata };
      },
    ],
  ];
  it.each(damage)('is refused with %s', (_, change) => {
    const file = readSafetensors(serializeState(state()));
    const metadata = change(file);
    const bytes = writeSafetensors(Object.fromEntries(file.tensors), metadata);
    expect(() => deserializeState(bytes)).toThrow(expect.objectContaining({ code: 'checkpoint.invalid' }));
  });

  it('is refused when it is cut', () => {
    const bytes = serializeState(state());
    for (const length of [0, 5, 40, bytes.length - 1]) {
      expect(() => deserializeState(bytes.slice(0, length))).toThrow(
        expect.objectContaining({ code: 'checkpoint.invalid' }),
      );
    }
  });
});
