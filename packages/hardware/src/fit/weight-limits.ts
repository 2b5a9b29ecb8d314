import { type FitLimit, limitKind } from '@spikefit/contracts';
import { networkBlocks, unitsOf } from '@spikefit/specification';
import { demandBounds } from './demand.ts';
import { layerConnections } from './layer-connections.ts';
import { type Verdict, zerosNote } from './limit.ts';
import { type FitSubject, isQuantized, storedWidth } from './subject.ts';

/** Width and distinct values of the weights, and TrueNorth's axon types. */
export function weightLimits(subject: FitSubject): FitLimit[] {
  const limits = [bitsLimit(subject), distinctLimit(subject)];
  if (subject.target.weights.sharedByAxonType) limits.push(axonTypesLimit(subject));
  return limits;
}

function bitsLimit({ quantization, target }: FitSubject): FitLimit {
  const { value: widths, source } = target.weights.bits;
  const name = 'weights.bits';
  if (!isQuantized(quantization)) {
    return {
      name,
      required: 32,
      available: widths === null ? null : Math.max(...widths),
      verdict: widths === null ? 'cannot-tell' : widths.includes(32) ? 'cannot-tell' : 'does-not-fit',
      explanation: 'The weights are 32-bit floats.',
      source,
    };
  }
  const width = widths === null ? null : storedWidth(quantization.bits, widths);
  return {
    name,
    required: quantization.bits,
    available: width ?? (widths === null ? null : Math.max(...widths)),
    verdict: widths === null ? 'cannot-tell' : width === null ? 'does-not-fit' : 'fits',
    explanation:
      widths === null
        ? 'No source gives the widths that the chip stores.'
        : `Codes of ${quantization.bits} bits; the chip stores ${widths.join(', ')}.`,
    source,
  };
}

/** Bounds of the distinct values in one scope of the target, from the codebooks or as measured. */
function distinctBounds(subject: FitSubject): { least: number; most: number } {
  const { network, quantization, target, distinctValues } = subject;
  const scope = target.weights.distinctValuesPer;
  if (!isQuantized(quantization) && distinctValues === undefined)
    return { least: 1, most: Number.POSITIVE_INFINITY };
  const blocks = networkBlocks(network);
  const { levels, group } = quantization;
  const inLayer =
    group === 'channel' ? levels * Math.max(...blocks.map(({ weight }) => unitsOf(weight))) : levels;
  const inNetwork =
    group === 'network'
      ? levels
      : blocks.reduce((sum, { weight }) => sum + levels * (group === 'channel' ? unitsOf(weight) : 1), 0);
  // A codebook of M different values is there for M of them to be used, as far as a neuron has so many inputs.
  const fanIn = Math.max(...blocks.map(({ weight }) => layerConnections(weight).fanIn));
  const bounds = {
    neuron: { least: Math.min(levels, fanIn), most: Math.min(levels, fanIn) },
    layer: { least: levels, most: inLayer },
    network: { least: levels, most: inNetwork },
  };
  if (distinctValues === undefined)
    return scope === 'core' ? { ...bounds.network, least: bounds.neuron.least } : bounds[scope];
  if (scope === 'core') return { least: distinctValues.neuron, most: distinctValues.network };
  return { least: distinctValues[scope], most: distinctValues[scope] };
}

function distinctLimit(subject: FitSubject): FitLimit {
  const { target } = subject;
  const { distinctValues, distinctValuesPer: scope } = target.weights;
  const { least, most } = distinctBounds(subject);
  const available = distinctValues.value;
  const kind = limitKind(distinctValues);
  const verdict: Verdict =
    available === null
      ? kind === 'none'
        ? 'fits'
        : 'cannot-tell'
      : least > available
        ? 'does-not-fit'
        : most <= available
          ? 'fits'
          : 'cannot-tell';
  const measured = subject.distinctValues === undefined ? 'at most' : 'in the exported network';
  const explanation = Number.isFinite(most)
    ? `Distinct weight values per ${scope}: ${least === most ? '' : `${least} to `}${most} ${measured}.`
    : `Float weights may be all different; how many per ${scope} is not counted.`;
  return {
    name: 'weights.distinctValues',
    required: Number.isFinite(most) ? (verdict === 'does-not-fit' ? least : most) : null,
    available,
    kind,
    verdict,
    explanation: `${explanation}${{ limit: '', none: ' There is no such limit.', unknown: ' No source gives a limit.' }[kind]}`,
    source: distinctValues.source,
  };
}

/**
 * An input has one type for all neurons of a core, which picks the weight of each. Where neurons of a core want
 * different values of one input, it needs up to one axon per value.
 */
function axonTypesLimit(subject: FitSubject): FitLimit {
  const { quantization, target } = subject;
  const { counted, certain } = demandBounds(subject);
  const { fanIn } = counted;
  const types = target.weights.distinctValues.value ?? 1;
  const copies = isQuantized(quantization) ? Math.min(types, quantization.levels) : types;
  const { value: axons, source } = target.inputAxonsPerCore;
  const tooMany = axons !== null && fanIn > axons;
  const surely = axons !== null && certain.fanIn > axons;
  return {
    name: 'weights.axonTypes',
    required: fanIn * copies,
    available: axons,
    verdict: surely ? 'does-not-fit' : 'cannot-tell',
    explanation:
      `The weight is chosen by the type of the input axon, and the type is shared by all neurons of a core. ${types} values per neuron are not enough by themselves: where neurons of a core want different values of one input, ` +
      `it takes up to ${copies} axons, so the ${fanIn} inputs of one neuron take up to ${fanIn * copies}. ` +
      (tooMany
        ? `Even with one axon per input, ${fanIn} are more than a core has.${surely ? '' : ` ${zerosNote}`}`
        : 'How many it takes depends on the placement; with few neurons per core it is one per input.'),
    source,
  };
}
