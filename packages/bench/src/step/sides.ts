import { fileURLToPath } from 'node:url';
import type { Precision } from '@spikefit/contracts';
import { measuringProcess } from '../command/measuring-process.ts';
import { type BackendName, threadLauncher } from './bench-backend.ts';
import type { PeerName } from './peer-neurons.ts';
import type { StepMeasurement, StepRequest } from './step-measurement.ts';

/** The forms of a peer: as its documentation uses it, and tuned. */
export const peerVariants = ['documented', 'compiled', 'channels-last', 'bf16'] as const;
export type PeerVariant = (typeof peerVariants)[number];

/** One thing that is measured. */
export type Side =
  | {
      readonly kind: 'ours';
      readonly backend: BackendName;
      readonly precision: Precision;
      readonly neuron: PeerName;
    }
  | { readonly kind: 'peer'; readonly peer: PeerName; readonly variant: PeerVariant };

const peerTitles: Readonly<Record<PeerName, string>> = {
  spikingjelly: 'SpikingJelly',
  snntorch: 'snnTorch',
  norse: 'Norse',
};

const variantTitles: Readonly<Record<PeerVariant, string>> = {
  documented: 'as documented',
  compiled: 'torch.compile',
  'channels-last': 'torch.compile, channels last',
  bf16: 'torch.compile, channels last, bf16',
};

export const titleOf = (side: Side): string =>
  side.kind === 'ours'
    ? `SpikeFit ${side.backend} ${side.precision}, ${peerTitles[side.neuron]}'s neuron`
    : `${peerTitles[side.peer]}, ${variantTitles[side.variant]}`;

/** The peer whose arithmetic a side does. */
export const peerOf = (side: Side): PeerName => (side.kind === 'ours' ? side.neuron : side.peer);

const ourProgram = fileURLToPath(new URL('./our-step.js', import.meta.url));
export const peerProgram = fileURLToPath(new URL('../../peers/step.py', import.meta.url));

/** Measures one side in a fresh process. @param python of the peers' virtual environment */
export function measureSide(
  side: Side,
  request: StepRequest,
  python: string,
  launcher: readonly string[],
): Promise<StepMeasurement> {
  if (side.kind === 'ours') {
    const { backend, precision, neuron } = side;
    const args = [ourProgram, JSON.stringify({ ...request, backend, precision, neuron })];
    return measuringProcess(process.execPath, args, [
      ...launcher,
      ...threadLauncher(backend, request.threads),
    ]);
  }
  const { peer, variant } = side;
  return measuringProcess(python, [peerProgram, JSON.stringify({ ...request, peer, variant })], launcher);
}
