import { CodedError } from '@spikefit/contracts';
import { maximumTokens } from './limits.ts';

/** One token of an architecture string. `position` counts from 0 and is the first part of the layer's id. */
export type Token = { readonly text: string; readonly position: number } & (
  | { readonly kind: 'conv'; readonly filters: number; readonly kernel: number; readonly stride: number }
  | { readonly kind: 'dense'; readonly units: number }
  | { readonly kind: 'batchNorm' }
  | { readonly kind: 'neuron'; readonly neuron: 'if' | 'lif' | 'plif' }
  | { readonly kind: 'maxPool' | 'averagePool'; readonly size: number }
  | { readonly kind: 'dropout'; readonly rate: number }
);
type TokenBody = Token extends infer T ? (T extends Token ? Omit<T, 'text' | 'position'> : never) : never;

export const architecturePointer = '/model/architecture';

const convolution = /^([1-9]\d{0,5})C([1-9]\d?)(?:S([1-9]))?$/;
const dense = /^FC([1-9]\d{0,5})$/;
const pool = /^(MP|AP)([1-9]\d?)$/;
const dropout = /^DP(0?\.\d{1,6})$/;

/**
 * Splits an architecture string: `32C3` (3×3 convolution to 32 channels, same padding), `32C3S2` (stride 2), `BN`, `IF`,
 * `LIF`, `PLIF`, `MP2`, `AP2` (pooling, windows side by side), `FC10`, `DP0.5` (dropout), joined by `-`.
 * It judges each token alone; `inferNetwork` judges their order.
 * Throws `spec.architecture-invalid` with one entry per unreadable token, or `spec.network-too-large`.
 */
export function parseArchitecture(text: string): Token[] {
  const parts = text.split('-');
  if (parts.length > maximumTokens) {
    const detail = `the architecture has ${parts.length} tokens; the limit is ${maximumTokens}`;
    throw new CodedError('spec.network-too-large', detail, {
      errors: [{ detail, pointer: architecturePointer }],
    });
  }
  const tokens: Token[] = [];
  const problems: string[] = [];
  for (const [position, part] of parts.entries()) {
    const body = readToken(part);
    if (typeof body === 'string') problems.push(`${nameToken({ text: part, position })} ${body}`);
    else tokens.push({ ...body, text: part, position } as Token);
  }
  const [first] = problems;
  if (first !== undefined) {
    const errors = problems.map((detail) => ({ detail, pointer: architecturePointer }));
    throw new CodedError('spec.architecture-invalid', first, { errors });
  }
  return tokens;
}

/** How messages call a token: the position is the one in layer ids. */
export const nameToken = (token: { text: string; position: number }): string =>
  `token "${token.text}" at position ${token.position} (counted from 0)`;

/** The token's meaning, or what is wrong with it. */
function readToken(text: string): TokenBody | string {
  if (text === '') return 'is empty';
  if (text === 'BN') return { kind: 'batchNorm' };
  if (text === 'IF' || text === 'LIF' || text === 'PLIF') {
    return { kind: 'neuron', neuron: text.toLowerCase() as 'if' | 'lif' | 'plif' };
  }
  let match = convolution.exec(text);
  if (match) {
    const [, filters, kernel, stride] = match;
    return { kind: 'conv', filters: Number(filters), kernel: Number(kernel), stride: Number(stride ?? 1) };
  }
  match = dense.exec(text);
  if (match) return { kind: 'dense', units: Number(match[1]) };
  match = pool.exec(text);
  if (match) {
    const size = Number(match[2]);
    if (size < 2) return 'pools nothing: a pool needs a size of at least 2';
    return { kind: match[1] === 'MP' ? 'maxPool' : 'averagePool', size };
  }
  match = dropout.exec(text);
  if (match) {
    const rate = Number(match[1]);
    if (rate <= 0) return 'drops nothing: a dropout rate lies between 0 and 1';
    return { kind: 'dropout', rate };
  }
  const upper = text.trim().toUpperCase();
  if (upper !== text && typeof readToken(upper) !== 'string') return `is unknown; did you mean "${upper}"?`;
  return 'is unknown; tokens are 32C3, 32C3S2, BN, IF, LIF, PLIF, MP2, AP2, FC10 and DP0.5, with other numbers';
}
