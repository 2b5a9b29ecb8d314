import type { AveragePoolLayer, MaxPoolLayer, NeuronSettings } from '@spikefit/contracts';
import { pool, weightedSums } from './integer-layers.ts';
import type { IntegerBlock, IntegerNetwork } from './integer-network.ts';

export interface IntegerRun {
  /** Mean over T of the read-out, in the network's own unit. */
  readonly logits: Float64Array;
  /** By neuron layer, [T, H·W·C]: 0 or 1. */
  readonly spikes: Readonly<Record<string, Uint8Array>>;
}

/** What becomes of a potential that 32 bits do not hold. */
export type Overflow = 'saturate' | 'wrap';

/**
 * Runs one sample through an integer network, event by event. `frames` are the input codes of each step [H·W·C]: under direct
 * encoding one frame, 0…255, which every step sees. All arithmetic is on integers (in doubles, which hold them exactly); the
 * leak rounds towards −∞, as an arithmetic shift does.
 */
export function runIntegerNetwork(
  { network, blocks }: IntegerNetwork,
  frames: readonly Int32Array[],
  { overflow = 'saturate' }: { overflow?: Overflow } = {},
): IntegerRun {
  const { timeSteps, neuron: settings } = network;
  const spikes: Record<string, Uint8Array> = {};
  const states = blocks.map((block) => startOf(block));
  const constant = network.encoder === 'direct' ? chargesOf(blocks[0]!, frames[0]!) : null;
  for (let t = 0; t < timeSteps; t++) {
    let input = frames[Math.min(t, frames.length - 1)]!;
    for (const [position, block] of blocks.entries()) {
      const state = states[position]!;
      const charge = position === 0 && constant !== null ? constant : chargesOf(block, input);
      const { neuron, poolsAfterNeuron } = block.block;
      if (neuron === null) {
        for (let i = 0; i < charge.length; i++) state.potential[i]! += charge[i]!;
        continue;
      }
      const fired = step(block, state, charge, { ...settings, isIf: neuron.neuron === 'if', overflow });
      spikes[neuron.id] ??= new Uint8Array(timeSteps * fired.length);
      spikes[neuron.id]!.set(fired, t * fired.length);
      input = poolAll(poolsAfterNeuron, fired);
    }
  }
  return { logits: readOut(blocks.at(-1)!, states.at(-1)!, spikes, timeSteps), spikes };
}

interface State {
  /** Of a read-out without neuron: the sum of its charges so far. */
  readonly potential: Float64Array;
  /** Spikes of the step before, for a delayed reset. */
  fired: Int32Array | null;
}

function startOf({ block: { weight, neuron }, reset }: IntegerBlock): State {
  const shape = neuron?.outputShape ?? weight.outputShape;
  const size = shape[0] * shape[1] * shape[2];
  const potential = Float64Array.from({ length: size }, (_, i) => reset[i % shape[2]] ?? 0);
  return { potential, fired: null };
}

/** What a step adds to each neuron: weighted inputs on the grid of the potential, pools before the neuron, and the bias. */
function chargesOf({ block, codes, fractionBits, bias }: IntegerBlock, input: Int32Array): Float64Array {
  let sums = weightedSums(block.weight, codes, input);
  const scale = 2 ** fractionBits;
  for (let i = 0; i < sums.length; i++) sums[i]! *= scale;
  for (const layer of block.poolsBeforeNeuron) {
    const [height, width, channels] = layer.outputShape;
    sums = pool(layer, sums, new Float64Array(height * width * channels));
  }
  for (let i = 0; i < sums.length; i++) sums[i]! += bias[i % bias.length]!;
  return sums;
}

interface StepSettings extends NeuronSettings {
  readonly isIf: boolean;
  readonly overflow: Overflow;
}

/** One step of a neuron layer: charge, fire, reset; changes the state. */
function step(block: IntegerBlock, state: State, charge: Float64Array, settings: StepSettings): Int32Array {
  const { threshold, reset, present } = block;
  const { potential, fired: before } = state;
  const { resetDelay, comparison, overflow } = settings;
  const fired = new Int32Array(charge.length);
  for (let i = 0; i < charge.length; i++) {
    const rest = reset[i % reset.length]!;
    const limit = threshold[i % threshold.length]!;
    let h = charged(potential[i]!, charge[i]!, rest, block, settings);
    if (resetDelay && before?.[i] === 1) h = afterReset(h, rest, limit, settings);
    h = hold(h, overflow);
    const fires = comparison === 'ge' ? h >= limit : h > limit;
    fired[i] = fires && present?.[i] !== 0 ? 1 : 0;
    potential[i] = fires && !resetDelay ? hold(afterReset(h, rest, limit, settings), overflow) : h;
  }
  state.fired = fired;
  return fired;
}

function charged(
  v: number,
  x: number,
  rest: number,
  { decay, decayBits }: IntegerBlock,
  { isIf, decayInput }: StepSettings,
): number {
  if (isIf) return v + x;
  const leak = (amount: number): number => Math.floor((amount * decay) / 2 ** decayBits);
  return decayInput ? v + leak(x - (v - rest)) : v - leak(v - rest) + x;
}

const afterReset = (h: number, rest: number, limit: number, { reset }: StepSettings): number =>
  reset === 'hard' ? rest : h - limit;

const lowest = -(2 ** 31);
const highest = 2 ** 31 - 1;

function hold(value: number, overflow: Overflow): number {
  if (value >= lowest && value <= highest) return value;
  if (overflow === 'saturate') return value < lowest ? lowest : highest;
  return Number(BigInt.asIntN(32, BigInt(value)));
}

function poolAll(layers: readonly (MaxPoolLayer | AveragePoolLayer)[], fired: Int32Array): Int32Array {
  let x = fired;
  for (const layer of layers) {
    const [height, width, channels] = layer.outputShape;
    x = pool(layer, x, new Int32Array(height * width * channels));
  }
  return x;
}

function readOut(
  { block: { neuron }, unit }: IntegerBlock,
  { potential }: State,
  spikes: IntegerRun['spikes'],
  timeSteps: number,
): Float64Array {
  if (neuron === null) return potential.map((sum, i) => (sum * unit[i]!) / timeSteps);
  const fired = spikes[neuron.id]!;
  const classes = fired.length / timeSteps;
  return Float64Array.from({ length: classes }, (_, k) => {
    let count = 0;
    for (let t = 0; t < timeSteps; t++) count += fired[t * classes + k]!;
    return count / timeSteps;
  });
}
