import { isWeightLayer } from '@spikefit/contracts';
import { parameterNames } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { evaluate, type SpikeObserver } from '../evaluate.ts';
import type { Session } from '../session.ts';
import { withNetwork } from './calibration.ts';

/** Runs the present network on training samples for an observer; answers the weights that it computed with, by layer. */
export async function observeNetwork(
  session: Session,
  indices: Int32Array,
  observe: SpikeObserver,
): Promise<Record<string, Float32Array>> {
  const { network, spec, ports } = session;
  const inUse: Record<string, Float32Array> = {};
  await withNetwork(session, async (parameters, hook) => {
    await evaluate({
      network,
      parameters,
      split: ports.dataset.train,
      indices,
      seed: spec.seed,
      observe,
      breathe: ports.breathe,
      ...hook,
    });
    for (const { id } of network.layers.filter(isWeightLayer)) {
      const raw = parameters[parameterNames.weights(id)]!;
      const weights = tf.tidy(() => tf.clone(hook.weights?.(id, raw) ?? raw));
      inUse[id] = await weights.data<'float32'>();
      weights.dispose();
    }
  });
  return inUse;
}
