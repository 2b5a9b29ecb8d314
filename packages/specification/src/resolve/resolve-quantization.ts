import type { JobRequest, Network, ResolvedSpec, Target } from '@spikefit/contracts';
import {
  findQuantizationTechnique,
  type QuantizationTechnique,
  quantizationTechniques,
} from '../catalogues/techniques.ts';
import { defaults } from '../defaults.ts';
import { networkBlocks } from '../geometry/blocks.ts';
import { countWeights } from '../geometry/count-network.ts';
import type { Problems } from './problems.ts';

type QuantizationRequest = NonNullable<NonNullable<JobRequest['method']>['quantization']>;

/** The widths of a stored value that a codebook may have. */
const widths = [8, 7, 6, 5, 4, 3, 2] as const;
/** Three levels are −a, 0 and b unless the request says otherwise. */
const ternary = 3;
const pointer = '/method/quantization';

/**
 * Levels and bits are independent, but 2^bits values are all that bits can tell apart, and the target must be able to
 * store them. With technique `none` the other fields have no effect and are not judged against each other.
 */
export function resolveQuantization(
  request: QuantizationRequest,
  target: Target | undefined,
  network: Network | undefined,
  problems: Problems,
): ResolvedSpec['quantization'] {
  const technique = request.technique ?? defaults.quantization.technique;
  const entry = findQuantizationTechnique(technique);
  if (entry === undefined) {
    const known = quantizationTechniques.map(({ id }) => id).join(', ');
    const detail = `"${technique}" is no quantisation technique; there are: ${known}`;
    problems.add('spec.technique-unknown', `${pointer}/technique`, detail);
  }
  const allowed = target?.weights.bits.value ?? null;
  const bits = request.bits ?? widths.find((width) => canStore(allowed, width)) ?? defaults.quantization.bits;
  const levels = request.levels ?? entry?.onlyLevels ?? defaults.quantization.levels;
  if (technique !== 'none') {
    if (!canStore(allowed, bits)) {
      const detail = `target ${target?.id} stores weights of ${allowed?.join(', ')} bits, not of ${bits}`;
      problems.add('spec.bits-invalid', `${pointer}/bits`, detail);
    }
    if (levels > 2 ** bits) {
      const why =
        request.bits === undefined && bits !== defaults.quantization.bits
          ? ` (the most that ${target?.id} stores)`
          : '';
      const detail = `${levels} levels do not fit in ${bits} bits${why}, which tell ${2 ** bits} values apart`;
      problems.add('spec.levels-invalid', `${pointer}/levels`, detail);
    }
  }
  const group = request.group ?? defaults.quantization.group;
  const refusal = entry && refusedLevels(entry, { levels, bits, group }, network);
  if (refusal) problems.add('spec.levels-invalid', `${pointer}/levels`, refusal);
  const pinZero = request.pinZero ?? levels === ternary;
  const chooses = entry?.trains === true && entry.prescribes.initialization === undefined;
  const noGrid = chooses && request.initialization === 'uniform' && refusedGrid({ levels, bits, pinZero });
  if (noGrid) problems.add('spec.levels-invalid', `${pointer}/initialization`, noGrid);
  return {
    technique,
    levels,
    bits,
    group,
    initialization: request.initialization ?? defaults.quantization.initialization,
    assignments: request.assignments ?? defaults.quantization.assignments,
    codebookLearningRateScale:
      request.codebookLearningRateScale ?? defaults.quantization.codebookLearningRateScale,
    pull: request.pull ?? defaults.quantization.pull,
    gradientScale: request.gradientScale ?? defaults.quantization.gradientScale,
    recenter: request.recenter ?? defaults.quantization.recenter,
    pinZero,
    temperature: request.temperature ?? defaults.quantization.temperature,
    freezeFraction: request.freezeFraction ?? defaults.quantization.freezeFraction,
    ...entry?.prescribes,
  };
}

/**
 * A width that the target names can be stored; so can one below all that it names, in its narrowest word (a chip with
 * 16-bit weights holds 8-bit ones). A width between two that it names is refused: it would be stored in more bits than
 * the report says. A target that names none is not judged.
 */
function canStore(allowed: readonly number[] | null, bits: number): boolean {
  return allowed === null || allowed.includes(bits) || allowed.every((width) => width > bits);
}

/** Why levels cannot start from LSQ's grid; null where they can. */
function refusedGrid({
  levels,
  bits,
  pinZero,
}: {
  levels: number;
  bits: number;
  pinZero: boolean;
}): string | null {
  if (levels === 2 ** bits)
    return `${levels} levels in ${bits} bits use every code and start where their least error is: leave the field out`;
  return levels === 2 && pinZero
    ? 'two levels of the grid are −1 and 1, and one is to be 0: leave the field out'
    : null;
}

/** Why a technique cannot have so many levels; null where it can. */
function refusedLevels(
  { id, onlyLevels, needsSpareCodes, mostWeightLevels }: QuantizationTechnique,
  { levels, bits, group }: Pick<ResolvedSpec['quantization'], 'levels' | 'bits' | 'group'>,
  network: Network | undefined,
): string | null {
  if (onlyLevels !== null && levels !== onlyLevels)
    return `${id} has ${onlyLevels} levels, not ${levels}: leave the field out`;
  if (needsSpareCodes && levels === 2 ** bits)
    return `${id} needs codes to spare: fewer than ${2 ** bits} levels at ${bits} bits`;
  if (mostWeightLevels === null || network === undefined) return null;
  const counts = networkBlocks(network).map(({ weight }) => countWeights(weight));
  const largest =
    group === 'network' ? counts.reduce((sum, count) => sum + count, 0) : Math.max(0, ...counts);
  const most = Math.floor(mostWeightLevels / Math.max(1, largest));
  return levels > most
    ? `${id} holds a number for every weight and level: with ${largest} weights in one codebook at most ${most} levels, not ${levels}`
    : null;
}
