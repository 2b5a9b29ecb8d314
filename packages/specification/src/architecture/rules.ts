import { CodedError } from '@spikefit/contracts';
import { architecturePointer, nameToken, type Token } from './tokens.ts';

/**
 * The order that tokens may have. A network is a chain of blocks,
 *   weights (conv | FC)  [BN]  [pool …]  neuron  [pool | dropout …]
 * and ends in a block of an FC alone (its membrane is read out) or of an FC, an optional BN and a neuron.
 * Why: batch norm is folded into the neuron's threshold, which it must reach unhindered; two weight layers without a
 * neuron between are one linear map; a unit that is pruned must have spikes to judge it by.
 * Throws `spec.architecture-unsupported` that names the first token out of order.
 */
export function checkOrder(tokens: readonly Token[]): void {
  let state: 'start' | 'weights' | 'normalised' | 'pooled' | 'spikes' = 'start';
  let flat = false;
  for (const token of tokens) {
    switch (token.kind) {
      case 'conv':
      case 'dense':
        if (state !== 'start' && state !== 'spikes') {
          throw unsupported(token, 'follows other weights without a neuron (IF, LIF, PLIF) between');
        }
        if (token.kind === 'conv' && flat)
          throw unsupported(token, 'follows an FC, which has no height and width left');
        flat ||= token.kind === 'dense';
        state = 'weights';
        break;
      case 'batchNorm':
        if (state !== 'weights') throw unsupported(token, 'must directly follow a convolution or an FC');
        state = 'normalised';
        break;
      case 'neuron':
        if (state === 'start' || state === 'spikes') {
          throw unsupported(token, 'has no weights before it: a convolution or an FC must come first');
        }
        state = 'spikes';
        break;
      case 'maxPool':
      case 'averagePool':
        if (state === 'start')
          throw unsupported(token, 'comes first: the first token must be a convolution or an FC');
        if (state !== 'spikes') state = 'pooled';
        break;
      case 'dropout':
        if (state !== 'spikes') throw unsupported(token, 'must follow a neuron, or a pool of its spikes');
        break;
    }
  }
  checkEnd(tokens);
}

function checkEnd(tokens: readonly Token[]): void {
  let end = tokens.length - 1;
  const last = tokens[end];
  if (last?.kind === 'neuron') {
    end -= 1;
    if (tokens[end]?.kind === 'batchNorm') end -= 1;
  }
  if (last !== undefined && tokens[end]?.kind !== 'dense') {
    const problem =
      last.kind === 'batchNorm' ? 'feeds no neuron, and the read-out' : 'cannot end the network: the end';
    throw unsupported(
      last,
      `${problem} must be an FC with one unit per class, alone or with a neuron after it`,
    );
  }
}

function unsupported(token: Token, problem: string): CodedError {
  const detail = `${nameToken(token)} ${problem}`;
  return new CodedError('spec.architecture-unsupported', detail, {
    errors: [{ detail, pointer: architecturePointer }],
  });
}
