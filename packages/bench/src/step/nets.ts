import type { Network, NeuronSettings, Shape3 } from '@spikefit/contracts';
import { inferNetwork } from '@spikefit/specification';

/** A network that is measured; peers/step.py builds the same. */
export interface BenchNet {
  /** `*` stands for the neuron, which is the peer's. */
  readonly architecture: string;
  readonly inputShape: Shape3;
  readonly batch: number;
  readonly loss: 'cross-entropy' | 'mean-squared-error';
  readonly integrates: boolean;
}

export const netNames = ['small', 'mid', 'csnn', 'vgg'] as const;
export type NetName = (typeof netNames)[number];

/** The last layer is spiking everywhere: its mean rate over T is the output. `csnn` is SpikingJelly's example. */
export const nets: Readonly<Record<NetName, BenchNet>> = {
  small: {
    architecture: '32C3-BN-*-MP2-64C3-BN-*-MP2-FC10-*',
    inputShape: [28, 28, 1],
    batch: 128,
    loss: 'cross-entropy',
    integrates: false,
  },
  mid: {
    architecture: '64C3-BN-*-MP2-64C3-BN-*-MP2-FC10-*',
    inputShape: [28, 28, 1],
    batch: 128,
    loss: 'cross-entropy',
    integrates: false,
  },
  csnn: {
    architecture: '128C3-BN-*-MP2-128C3-BN-*-MP2-FC2048-*-FC10-*',
    inputShape: [28, 28, 1],
    batch: 128,
    loss: 'mean-squared-error',
    integrates: true,
  },
  vgg: {
    architecture: '64C3-BN-*-64C3-BN-*-MP2-128C3-BN-*-128C3-BN-*-MP2-256C3-BN-*-256C3-BN-*-MP2-FC10-*',
    inputShape: [32, 32, 3],
    batch: 64,
    loss: 'cross-entropy',
    integrates: false,
  },
};

/** Without biases, as the peers' networks are. */
export function buildNetwork(
  { architecture, inputShape }: Pick<BenchNet, 'architecture' | 'inputShape'>,
  neuron: { readonly kind: 'if' | 'lif'; readonly settings: NeuronSettings },
  timeSteps: number,
): Network {
  const network = inferNetwork({
    architecture: architecture.replaceAll('*', neuron.kind.toUpperCase()),
    inputShape,
    classes: 10,
    timeSteps,
    encoder: 'direct',
    neuron: neuron.settings,
  });
  const layers = network.layers.map((layer) =>
    layer.kind === 'conv' || layer.kind === 'dense' ? { ...layer, useBias: false } : layer,
  );
  return { ...network, layers };
}
