import type { KeptUnits } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { eachBatchOfGates } from './gate-gradients.ts';
import { type ScoringInput, scoredLayers, type UnitScores } from './unit-scorer.ts';

/** What units that go together cost: of every pair ½·E_x[g_a·g_b], with g the gradients of gates. */
export interface UnitInteractions {
  /** By scored layer; in `values` their units follow one another. */
  readonly layers: readonly { readonly id: string; readonly units: number }[];
  /** [units, units] of all layers; the diagonal is what a unit costs alone, at first the score of FSC. */
  readonly values: Float64Array;
}

/** Units of all layers. */
export const interactingUnits = ({ layers }: UnitInteractions): number =>
  layers.reduce((sum, { units }) => sum + units, 0);

/** Where the units of each layer begin. */
export function interactionOffsets({ layers }: UnitInteractions): Record<string, number> {
  const offsets: Record<string, number> = {};
  let units = 0;
  for (const layer of layers) {
    offsets[layer.id] = units;
    units += layer.units;
  }
  return offsets;
}

/** What every unit costs alone. */
export function scoresAlone(interactions: UnitInteractions): UnitScores {
  const offsets = interactionOffsets(interactions);
  const step = interactingUnits(interactions) + 1;
  return Object.fromEntries(
    interactions.layers.map(({ id, units }) => [
      id,
      Float64Array.from({ length: units }, (_, unit) => interactions.values[(offsets[id]! + unit) * step]!),
    ]),
  );
}

/**
 * Of the units that are left, when others have gone: what each costs alone has then in it what it has with those. Both sides name units
 * as the dense network does, `before` in the order of `interactions`.
 */
export function interactionsLeft(
  interactions: UnitInteractions,
  before: KeptUnits,
  after: KeptUnits,
): UnitInteractions {
  const width = interactingUnits(interactions);
  const stay: number[] = [];
  const gone: number[] = [];
  let place = 0;
  for (const { id } of interactions.layers) {
    const left = new Set(after[id]);
    for (const unit of before[id]!) (left.has(unit) ? stay : gone).push(place++);
  }
  const of = (a: number, b: number): number => interactions.values[a * width + b]!;
  const values = Float64Array.from({ length: stay.length ** 2 }, (_, at) => {
    const [a, b] = [stay[Math.floor(at / stay.length)]!, stay[at % stay.length]!];
    return a === b ? of(a, a) + 2 * gone.reduce((sum, other) => sum + of(a, other), 0) : of(a, b);
  });
  return { layers: interactions.layers.map(({ id }) => ({ id, units: after[id]!.length })), values };
}

/**
 * ½·E_x[g·gᵀ] over the gates of all units: to second order a set S of units that fall silent changes the loss by
 * Σ_{a,b∈S} of it, with an empirical Fisher for the curvature. Units whose contributions cancel cost less together than
 * alone, those that stand in for each other more.
 */
export async function fisherInteractions(input: ScoringInput): Promise<UnitInteractions> {
  const layers = scoredLayers(input);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const values = new Float64Array(units * units);
  const samples = await eachBatchOfGates(input, async (perGate, count) => {
    const products = tf.tidy(() => {
      const rows = tf.concat(
        layers.map((layer) =>
          tf.reshape(perGate[layer.neuronId] ?? tf.zeros([count, layer.units]), [count, layer.units]),
        ),
        1,
      );
      return tf.matMul(rows, rows, true, false);
    });
    const sums = await products.data();
    products.dispose();
    for (let i = 0; i < values.length; i++) values[i]! += sums[i]!;
  });
  for (let i = 0; i < values.length; i++) values[i]! /= 2 * Math.max(1, samples);
  return { layers: layers.map(({ weightId: id, units: of }) => ({ id, units: of })), values };
}
