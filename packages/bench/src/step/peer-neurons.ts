import type { NeuronSettings } from '@spikefit/contracts';
import { defaultNeuron } from '@spikefit/specification';

export const peerNames = ['spikingjelly', 'snntorch', 'norse'] as const;
export type PeerName = (typeof peerNames)[number];

export interface PeerNeuron {
  readonly kind: 'if' | 'lif';
  readonly settings: NeuronSettings;
}

/**
 * The neuron, reset and surrogate that a library computes with, so that both sides do the same work.
 *
 * - SpikingJelly 2.0: v += x (IFNode), or v += (x − v)/2 (LIFNode, τ = 2, decay_input), spikes where v ≥ 1, hard reset
 *   to 0, arctangent with α = 2. Its example's IFNode differentiates the reset too; our LIFNode is made with
 *   detach_reset, as its documentation advises.
 * - snnTorch 1.0, Leaky: v = β·v + x − s(t − 1), spikes where v > 1: a soft reset one step late, detached;
 *   β = 1 where the net integrates, else ½.
 * - Norse 1.1, LIFBox: v += (x − v)/2, spikes where v > 1, hard reset to 0 that is differentiated too; SuperSpike,
 *   whose slope is 1 whatever alpha says. It has no such neuron without leak, so it leaks in every net.
 */
export function peerNeuron(peer: PeerName, integrates: boolean): PeerNeuron {
  const common: NeuronSettings = { ...defaultNeuron, tau: 2, threshold: 1, resetValue: 0 };
  switch (peer) {
    case 'spikingjelly':
      return integrates
        ? { kind: 'if', settings: { ...common, detachReset: false } }
        : { kind: 'lif', settings: { ...common, decayInput: true } };
    case 'snntorch':
      return {
        kind: integrates ? 'if' : 'lif',
        settings: { ...common, reset: 'soft', resetDelay: true, comparison: 'gt' },
      };
    case 'norse':
      return {
        kind: 'lif',
        settings: {
          ...common,
          decayInput: true,
          comparison: 'gt',
          detachReset: false,
          surrogate: { name: 'fastSigmoid', parameter: 1 },
        },
      };
  }
}
