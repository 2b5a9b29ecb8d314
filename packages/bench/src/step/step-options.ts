import { type Precision, precisions } from '@spikefit/contracts';
import { UsageError } from '../command/bench-error.ts';
import { launcherWords, oneOf, parseOptions, wholeNumber } from '../command/options.ts';
import { type BackendName, backendNames } from './bench-backend.ts';
import { type NetName, netNames, nets } from './nets.ts';
import { type PeerName, peerNames } from './peer-neurons.ts';
import { type PeerVariant, peerVariants } from './sides.ts';

export interface StepOptions {
  readonly net: NetName;
  readonly batch: number;
  readonly timeSteps: number;
  readonly threads: number;
  /** The first is the one that others are compared with. */
  readonly backends: readonly BackendName[];
  readonly precisions: readonly Precision[];
  readonly peers: boolean;
  /** One library instead of all. */
  readonly neuron: PeerName | undefined;
  readonly variants: readonly PeerVariant[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly launcher: readonly string[];
}

export const stepHelp = `npm run bench -- step [options]

One training step (forward, backward, Adam) on random batches of Fashion-MNIST: medians and quartiles after a warm-up,
peak memory, and the time that dense fp32 products alone would take. Every measurement is a process of its own.

  --net NAME       ${netNames.join(', ')} (default: csnn)
  --batch N        images in a batch (default: 128, vgg 64)
  --time-steps N   T (default: 4)
  --threads N      for both sides (default: 2)
  --backend LIST   ours: ${backendNames.join(', ')} (default: native); further ones are measured beside the first
  --precision P    ours: ${precisions.join(', ')} or both (default: fp32; mixed is of native alone)
  --neuron NAME    neuron, reset and surrogate of ${peerNames.join(', ')}; with --peers that library alone
  --peers          the libraries too, ours with the neuron of each (needs \`npm run setup:peers\` once)
  --variants LIST  forms of the peers: ${peerVariants.join(', ')} (default: all)
  --rounds N       each in the reverse order of the one before (default: 2)
  --quick          one round of three steps
  --launcher CMD   a command that starts each measurement, such as "taskset -c 0,1"
  --json FILE      writes all figures there
  --chart FILE     writes a bar chart there, as SVG
  --help           this`;

/** @throws UsageError */
export function parseStepOptions(args: readonly string[]): StepOptions {
  const values = parseOptions(args, {
    net: { type: 'string', default: 'csnn' },
    batch: { type: 'string' },
    'time-steps': { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    backend: { type: 'string', default: 'native' },
    precision: { type: 'string', default: 'fp32' },
    neuron: { type: 'string' },
    peers: { type: 'boolean', default: false },
    variants: { type: 'string', default: peerVariants.join(',') },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    launcher: { type: 'string', default: '' },
  });
  const net = oneOf('net', values.net, netNames);
  const backends = values.backend.split(',').map((text) => oneOf('backend', text.trim(), backendNames));
  if (values.precision !== 'fp32' && backends[0] !== 'native')
    throw new UsageError(`--precision ${values.precision} is of the backend native alone`);
  return {
    net,
    batch: wholeNumber('batch', values.batch ?? String(nets[net].batch), 1, 4096),
    timeSteps: wholeNumber('time-steps', values['time-steps'], 1, 64),
    threads: wholeNumber('threads', values.threads, 1, 256),
    backends,
    precisions: values.precision === 'both' ? precisions : [oneOf('precision', values.precision, precisions)],
    peers: values.peers,
    neuron: values.neuron === undefined ? undefined : oneOf('neuron', values.neuron, peerNames),
    variants: values.variants.split(',').map((text) => oneOf('variants', text.trim(), peerVariants)),
    rounds: wholeNumber('rounds', values.rounds ?? (values.quick ? '1' : '2'), 1, 20),
    quick: values.quick,
    launcher: launcherWords(values.launcher),
  };
}
