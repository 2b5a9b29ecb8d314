import type { Fit, FitLimit, Network, Target } from '@spikefit/contracts';
import {
  countWeights,
  defaultNeuron,
  inferNetwork,
  networkBlocks,
  resolveJobRequest,
} from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { findTarget, listTargets, targets } from '../targets/catalogue.ts';
import { checkFit, previewFit } from './check-fit.ts';
import { demandOf } from './demand.ts';
import { countDistinctValues } from './distinct-values.ts';
import type { FitQuantization, FitSubject } from './subject.ts';

const build = (
  architecture: string,
  neuron: Partial<Network['neuron']> = {},
  inputShape: [number, number, number] = [28, 28, 1],
): Network =>
  inferNetwork({
    architecture,
    inputShape,
    classes: 10,
    timeSteps: 4,
    encoder: 'direct',
    neuron: { ...defaultNeuron, ...neuron },
  });

const small = build('32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10');
const cat: FitQuantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
const fitOf = (target: string | Target, subject: Partial<FitSubject> = {}): Fit =>
  checkFit({
    network: small,
    quantization: cat,
    target: typeof target === 'string' ? targets[target]! : target,
    ...subject,
  });
/** Weights of all layers, every nth of them 1 and the others 0. */
const everyNth = (network: Network, n: number): Record<string, Float32Array> =>
  Object.fromEntries(
    networkBlocks(network).map(({ weight }) => [
      weight.id,
      Float32Array.from({ length: countWeights(weight) }, (_, i) => (i % n === 0 ? 1 : 0)),
    ]),
  );
const limitOf = (fit: Fit, name: string): FitLimit => {
  const limit = fit.limits.find((one) => one.name === name);
  if (limit === undefined) throw new Error(`no limit "${name}"`);
  return limit;
};
const verdicts = (fit: Fit) => Object.fromEntries(fit.limits.map(({ name, verdict }) => [name, verdict]));

describe('what a network needs', () => {
  it('is counted by hand for 32C3-MP2-64C3-MP2-FC10', () => {
    const spiking = 28 * 28 * 32 + 14 * 14 * 64;
    const pooled = 14 * 14 * 32 + 7 * 7 * 64;
    // Taps of a 3-wide kernel along 28 and 14 positions: 3·28 − 2 and 3·14 − 2.
    const synapses = 82 * 82 * 32 + 40 * 40 * 32 * 64 + 3136 * 10;
    expect(demandOf(small, 'native')).toEqual({
      neurons: spiking + 10,
      orNeurons: 0,
      synapses,
      weights: 9 * 32 + 9 * 32 * 64 + 31_360,
      fanIn: 3136,
      fanOut: 9 * 64,
    });
    expect(demandOf(small, 'or-neurons')).toMatchObject({
      neurons: spiking + 10 + pooled,
      orNeurons: pooled,
      synapses: synapses + 4 * pooled,
    });
  });

  it('sees average pools as part of the weights behind them', () => {
    expect(demandOf(build('4C3-LIF-AP2-8C3-LIF-FC10'), 'native')).toMatchObject({
      fanIn: Math.max(9 * 4 * 4, 14 * 14 * 8),
      fanOut: 9 * 8,
      synapses: 82 * 82 * 4 + 4 * 40 * 40 * 4 * 8 + 14 * 14 * 8 * 10,
    });
  });

  it('sees average pools before a neuron as part of the weights before them', () => {
    // Two 3-wide windows side by side read 4 pixels; with the border, 13 · 4 + 3 along an axis of 28.
    const along = 12 * 4 + 2 * 3;
    expect(demandOf(build('4C3-AP2-LIF-FC10'), 'native')).toMatchObject({
      fanIn: Math.max(4 * 4, 14 * 14 * 4),
      synapses: along ** 2 * 4 + 14 * 14 * 4 * 10,
    });
  });

  it('makes no OR of averages, and averages no OR neurons twice', () => {
    const pooled = demandOf(build('4C3-LIF-MP2-AP2-FC10'), 'or-neurons');
    expect(pooled).toMatchObject({ orNeurons: 14 * 14 * 4, fanIn: 4 * 7 * 7 * 4 });
    expect(pooled.synapses).toBe(82 * 82 * 4 + 28 * 28 * 4 + 4 * 7 * 7 * 4 * 10);
    expect(demandOf(build('4C3-LIF-AP2-MP2-FC10'), 'or-neurons').orNeurons).toBe(0);
  });

  it('of the exported network is counted without its zero weights', () => {
    const network = build('2C3-LIF-MP2-FC10', {}, [4, 4, 1]);
    const conv = new Float32Array(9 * 2);
    conv[4 * 2] = 1; // the centre, to the first filter
    conv[4 * 2 + 1] = 1;
    conv[5 * 2 + 1] = -1; // and to the right of it, to the second
    const fc = new Float32Array(8 * 10);
    fc[0] = 1;
    fc[1] = 1;
    fc[10] = 1;
    const weights = { '0.conv': conv, '3.fc': fc };
    expect(demandOf(network, 'native', { weights })).toEqual({
      neurons: 4 * 4 * 2 + 10,
      orNeurons: 0,
      synapses: 16 + 16 + 12 + 3,
      weights: 6,
      fanIn: 2,
      fanOut: 3,
    });
    expect(() => demandOf(network, 'native', { weights: { '0.conv': conv } })).toThrow('"3.fc" are missing');
    expect(() => demandOf(network, 'native', { weights: { ...weights, '3.fc': conv } })).toThrow(
      'has 80 weights, not 18',
    );
  });

  it('counts no more taps and readers than a small image has', () => {
    expect(demandOf(build('4C5-LIF-6C5-LIF-FC10', {}, [3, 3, 1]), 'native')).toMatchObject({
      fanIn: 54,
      fanOut: 54,
    });
  });
});

describe('generic-4-level', () => {
  it('is fitted by four values per layer in 8 bits', () => {
    expect(fitOf('generic-4-level').verdict).toBe('fits');
  });

  it.each<[string, Partial<FitQuantization>, string]>([
    ['16 values', { levels: 16 }, 'weights.distinctValues'],
    ['floats', { technique: 'none' }, 'weights.bits'],
  ])('is not fitted by %s', (_, change, name) => {
    const fit = fitOf('generic-4-level', { quantization: { ...cat, ...change } });
    expect(fit.verdict).toBe('does-not-fit');
    expect(limitOf(fit, name).verdict).toBe('does-not-fit');
  });

  it('cannot be told from codebooks per channel, but from the values that were found', () => {
    const quantization: FitQuantization = { ...cat, group: 'channel' };
    const bounds = fitOf('generic-4-level', { quantization });
    expect(limitOf(bounds, 'weights.distinctValues')).toMatchObject({
      verdict: 'cannot-tell',
      required: 256,
      available: 4,
    });
    const measured = (layer: number) =>
      limitOf(
        fitOf('generic-4-level', { quantization, distinctValues: { neuron: 4, layer, network: 300 } }),
        'weights.distinctValues',
      );
    expect(measured(9)).toMatchObject({ verdict: 'does-not-fit', required: 9 });
    expect(measured(4).verdict).toBe('fits');
  });
});

describe('loihi', () => {
  it('takes the small network as far as can be told without a placement', () => {
    const fit = fitOf('loihi');
    expect(fit.verdict).toBe('cannot-tell');
    expect(verdicts(fit)).toEqual({
      neurons: 'fits',
      synapses: 'fits',
      fanIn: 'fits',
      fanOut: 'fits',
      cores: 'cannot-tell',
      synapsesPerCore: 'fits',
      synapseMemoryBitsPerCore: 'cannot-tell',
      inputAxonsPerCore: 'cannot-tell',
      outputAxonsPerCore: 'cannot-tell',
      'weights.bits': 'fits',
      'weights.distinctValues': 'fits',
      'neuron.models': 'fits',
      'neuron.resets': 'fits',
      'neuron.comparisons': 'fits',
      maxThresholdProfiles: 'cannot-tell',
      'pooling.max': 'fits',
    });
    expect(limitOf(fit, 'synapseMemoryBitsPerCore')).toMatchObject({
      required: 3136 * 8,
      available: 1_048_576,
    });
    expect(limitOf(fit, 'neuron.comparisons').explanation).toContain('threshold moves by one unit');
  });

  it('does not take more neurons than it has, and says how many cores they would fill', () => {
    const fit = fitOf('loihi', { network: build('256C3-LIF-FC10') });
    expect(limitOf(fit, 'neurons')).toMatchObject({
      verdict: 'does-not-fit',
      required: 200_714,
      available: 131_072,
    });
    expect(limitOf(fit, 'cores')).toMatchObject({ verdict: 'does-not-fit', required: 197, available: 128 });
  });

  it('does not take a neuron whose weights overflow the memory of its core', () => {
    const network = build('128C3-LIF-FC10', {}, [40, 40, 1]);
    const fit = fitOf('loihi', { network, weights: everyNth(network, 1) });
    expect(limitOf(fit, 'synapseMemoryBitsPerCore')).toMatchObject({
      verdict: 'does-not-fit',
      required: 40 * 40 * 128 * 8,
    });
    // Inputs may share population axons, so more inputs than axons do not decide.
    expect(limitOf(fit, 'inputAxonsPerCore')).toMatchObject({ verdict: 'cannot-tell', available: 4096 });
  });

  it.each<[string, Partial<FitSubject>, string]>([
    ['7-bit codes', { quantization: { ...cat, bits: 7 } }, 'weights.bits'],
    ['a soft reset', { network: build('8C3-LIF-FC10', { reset: 'soft' }) }, 'neuron.resets'],
    ['a max pool of potentials', { network: build('8C3-MP2-LIF-FC10') }, 'pooling.maxOfPotentials'],
  ])('does not take %s', (_, subject, name) => {
    expect(limitOf(fitOf('loihi', subject), name).verdict).toBe('does-not-fit');
  });

  it('counts threshold profiles as they were folded, and per channel where steps are', () => {
    const thresholds = { '2.lif': [1, 1, 2, 3], '6.lif': [5, 5, 5] };
    expect(limitOf(fitOf('loihi', { thresholds }), 'maxThresholdProfiles').required).toBe(4 + 2);
    const perChannel = fitOf('loihi', { thresholds, quantization: { ...cat, group: 'channel' } });
    expect(limitOf(perChannel, 'maxThresholdProfiles').required).toBe(96 + 2);
    const tooMany = { '2.lif': Array.from({ length: 1025 }, (_, i) => i + 1) };
    expect(limitOf(fitOf('loihi', { thresholds: tooMany }), 'maxThresholdProfiles').verdict).toBe(
      'does-not-fit',
    );
  });
});

describe('truenorth', () => {
  it('does not take more inputs than a crossbar has, whatever the axon types', () => {
    const fit = fitOf('truenorth', { weights: everyNth(small, 1) });
    expect(fit.verdict).toBe('does-not-fit');
    expect(limitOf(fit, 'fanIn')).toMatchObject({ verdict: 'does-not-fit', required: 3136, available: 256 });
    expect(limitOf(fit, 'weights.axonTypes')).toMatchObject({ verdict: 'does-not-fit', required: 4 * 3136 });
  });

  it('cannot tell before the export whether zero weights leave few enough inputs', () => {
    const fit = fitOf('truenorth');
    for (const name of ['fanIn', 'inputAxonsPerCore', 'weights.axonTypes']) {
      expect(limitOf(fit, name).verdict).toBe('cannot-tell');
      expect(limitOf(fit, name).explanation).toContain('Weights of value zero are no connections');
    }
    expect(limitOf(fit, 'fanIn').required).toBe(3136);
    // A network of floats has no weight that is zero by its codebook.
    const floats = fitOf('truenorth', { quantization: { ...cat, technique: 'none' } });
    expect(limitOf(floats, 'fanIn').verdict).toBe('does-not-fit');
    // What zeros cannot mend is certain: the OR neurons of a 17-wide max pool have 289 inputs.
    const pooled = fitOf('truenorth', { network: build('4C3-IF-MP17-FC10') });
    expect(limitOf(pooled, 'fanIn')).toMatchObject({ verdict: 'does-not-fit', required: 289 });
  });

  it('takes an exported network whose zeros leave few enough inputs', () => {
    // 3136 inputs, of which each class reads every 13th: 242.
    const fit = fitOf('truenorth', { weights: everyNth(small, 13) });
    expect(limitOf(fit, 'fanIn')).toMatchObject({ verdict: 'fits', required: 242 });
    expect(limitOf(fit, 'inputAxonsPerCore')).toMatchObject({ verdict: 'cannot-tell', required: 242 });
    expect(limitOf(fit, 'synapses').explanation).toContain('without zero weights');
    expect(limitOf(fit, 'synapses').required).toBeLessThan(
      limitOf(fitOf('truenorth'), 'synapses').required! / 5,
    );
  });

  it('takes copies of a neuron that reaches more than 256 others', () => {
    const network = build('4C3-IF-64C3-IF-MP4-FC10', {}, [8, 8, 1]);
    for (const subject of [{ network, weights: everyNth(network, 1) }, { network }]) {
      const limit = limitOf(fitOf('truenorth', subject), 'fanOut');
      expect(limit).toMatchObject({ verdict: 'cannot-tell', required: 576, available: 256 });
    }
    const { explanation } = limitOf(fitOf('truenorth', { network, weights: everyNth(network, 1) }), 'fanOut');
    expect(explanation).toContain('copies of it, 3 at least');
    expect(limitOf(fitOf('truenorth', { network: build('4C3-IF-8C3-IF-FC10') }), 'fanOut').verdict).toBe(
      'fits',
    );
    // Where no copies are said to help, it is a limit like any other.
    const strict = structuredClone(targets.truenorth!);
    delete strict.copiesExtendFanOut;
    const weights = everyNth(network, 1);
    expect(limitOf(fitOf(strict, { network, weights }), 'fanOut').verdict).toBe('does-not-fit');
  });

  it('says that four values per neuron are not enough where inputs share their type', () => {
    const fit = fitOf('truenorth', { network: build('4C3-IF-MP2-4C3-IF-MP2-FC10', {}, [16, 16, 1]) });
    expect(limitOf(fit, 'weights.distinctValues').verdict).toBe('fits');
    const types = limitOf(fit, 'weights.axonTypes');
    expect(types).toMatchObject({ verdict: 'cannot-tell', required: 256, available: 256 });
    expect(types.explanation).toContain('shared by all neurons of a core');
    expect(fit.verdict).toBe('cannot-tell');
  });

  it('offers no leak in proportion to the potential, and no eight values', () => {
    const fit = fitOf('truenorth', { quantization: { ...cat, levels: 8 } });
    expect(limitOf(fit, 'neuron.models').verdict).toBe('does-not-fit');
    expect(limitOf(fit, 'weights.distinctValues').verdict).toBe('does-not-fit');
    expect(limitOf(fit, 'weights.bits').verdict).toBe('fits');
  });
});

describe('a target without numbers', () => {
  const unknown = structuredClone(targets.loihi!);
  for (const value of Object.values(unknown)) {
    if (typeof value !== 'object' || !('value' in value)) continue;
    value.value = null as never;
    if ('kind' in value) value.kind = 'unknown';
  }
  unknown.weights.distinctValues.kind = 'unknown';
  unknown.weights.bits.value = null;
  unknown.weights.distinctValues.value = null;
  unknown.neuron.models.value = null;
  unknown.neuron.resets.value = null;
  unknown.neuron.comparisons.value = null;
  unknown.pooling.max = 'unknown';

  it('cannot be told in any limit', () => {
    expect(new Set(Object.values(verdicts(fitOf(unknown))))).toEqual(new Set(['cannot-tell']));
  });
});

describe('a limit that the chip does not have', () => {
  const changed = (change: (target: Target) => void): Target => {
    const target = structuredClone(targets.loihi!);
    change(target);
    return target;
  };

  it('is fitted by everything, and its source says why', () => {
    expect(limitOf(fitOf('loihi'), 'fanIn')).toMatchObject({
      verdict: 'fits',
      required: 3136,
      available: null,
      kind: 'none',
      source: expect.stringContaining('No limit of its own'),
    });
    expect(limitOf(fitOf('truenorth'), 'maxThresholdProfiles')).toMatchObject({
      verdict: 'fits',
      kind: 'none',
    });
  });

  it('is not the same as one that no source gives', () => {
    const unknown = changed(({ fanIn }) => Object.assign(fanIn, { kind: 'unknown' }));
    expect(limitOf(fitOf(unknown), 'fanIn')).toMatchObject({ verdict: 'cannot-tell', kind: 'unknown' });
    const unstated = changed(({ fanIn }) => delete fanIn.kind);
    expect(limitOf(fitOf(unstated), 'fanIn')).toMatchObject({ verdict: 'cannot-tell', kind: 'unknown' });
  });

  it('of a core is none of the chip either, if the chip states none', () => {
    const endless = changed((target) => {
      target.neurons = { value: null, source: 'nobody says' };
      target.neuronsPerCore = { value: null, kind: 'none', source: 'endless cores' };
    });
    expect(limitOf(fitOf(endless), 'neurons')).toMatchObject({
      verdict: 'fits',
      kind: 'none',
      source: 'endless cores',
    });
    endless.neuronsPerCore.kind = 'unknown';
    expect(limitOf(fitOf(endless), 'neurons').verdict).toBe('cannot-tell');
  });
});

describe('without a placement', () => {
  it('a limit of a core is only said to fit where no placement can break it', () => {
    for (const target of listTargets().filter(({ cores }) => cores.value !== 1)) {
      for (const network of [small, build('4C3-IF-FC10'), build('FC8-IF-FC10', {}, [2, 2, 1])]) {
        for (const limit of fitOf(target, { network }).limits) {
          if (limit.kind === 'none' || limit.verdict !== 'fits') continue;
          const { name, required, available } = limit;
          expect(
            ['synapsesPerCore', 'maxThresholdProfiles'].includes(name) || !name.endsWith('PerCore'),
          ).toBe(true);
          expect(name).not.toBe('cores');
          if (available !== null) expect([name, required! <= available]).toEqual([name, true]);
        }
      }
    }
  });

  it('thresholds fit where the whole network has no more than a core may', () => {
    const thresholds = { '2.lif': [1, 2], '6.lif': [3, 4] };
    // One more for the OR neurons of the max pools, one for the read-out.
    expect(limitOf(fitOf('loihi', { thresholds }), 'maxThresholdProfiles')).toMatchObject({
      verdict: 'fits',
      required: 6,
      available: 8,
    });
    const more = { ...thresholds, '6.lif': [3, 4, 5, 6, 7] };
    expect(limitOf(fitOf('loihi', { thresholds: more }), 'maxThresholdProfiles')).toMatchObject({
      verdict: 'cannot-tell',
      required: 9,
    });
  });

  it('synapses fit where the whole network has no more than a core may, unless neurons are copied', () => {
    const network = build('FC8-IF-FC10', {}, [2, 2, 1]);
    const limit = (target: Target) => limitOf(fitOf(target, { network }), 'synapsesPerCore');
    expect(limit(targets.truenorth!)).toMatchObject({ verdict: 'fits', required: 4 * 8 + 8 * 10 });
    const copied = structuredClone(targets.truenorth!);
    copied.fanOut.value = 5;
    expect(limit(copied)).toMatchObject({ verdict: 'cannot-tell', required: 8 });
  });
});

describe('the preview', () => {
  const preview = (architecture: string, pruning: object, target = 'loihi'): Fit =>
    previewFit(
      resolveJobRequest(
        {
          model: { architecture },
          dataset: { id: 'fashion-mnist' },
          target: { id: target },
          method: { pruning },
        },
        { targets: findTarget, targetIds: listTargets().map(({ id }) => id) },
      ),
    );

  it('cannot tell what pruning may mend', () => {
    const neurons = limitOf(preview('256C3-BN-LIF-MP2-FC10', {}), 'neurons');
    expect(neurons).toMatchObject({ verdict: 'cannot-tell', required: 250_890 });
    // 26 of 256 channels are the floor.
    expect(neurons.explanation).toContain(`needs ${26 * 28 * 28 + 26 * 14 * 14 + 10}`);
  });

  it('cannot tell what zero weights may mend, and what no zeros can it can', () => {
    const fit = preview('32C3-BN-IF-MP2-FC10', { technique: 'none' }, 'truenorth');
    expect(limitOf(fit, 'fanIn')).toMatchObject({ verdict: 'cannot-tell', required: 14 * 14 * 32 });
    expect(limitOf(fit, 'neurons').verdict).toBe('fits');
    const large = preview('2048C3-BN-IF-MP2-FC10', { technique: 'none' }, 'truenorth');
    expect(limitOf(large, 'neurons').verdict).toBe('does-not-fit');
  });

  it('says what pruning cannot mend', () => {
    expect(limitOf(preview('256C3-BN-LIF-MP2-FC10', { technique: 'none' }), 'neurons').verdict).toBe(
      'does-not-fit',
    );
    expect(limitOf(preview('2048C3-BN-LIF-MP2-FC10', {}), 'neurons').verdict).toBe('does-not-fit');
    expect(preview('32C3-BN-LIF-MP2-FC10', {}, 'generic-4-level').verdict).toBe('fits');
  });
});

describe('distinct values', () => {
  it('are counted per neuron, layer and network', () => {
    const network = build('FC2-IF-FC10', {}, [1, 2, 1]);
    const readOut = new Float32Array(20).fill(3);
    readOut[0] = 4;
    expect(countDistinctValues(network, { '0.fc': Float32Array.of(1, 2, 0, 2), '2.fc': readOut })).toEqual({
      neuron: 2,
      layer: 3,
      network: 5,
      layers: { '0.fc': { neuron: 2, layer: 3 }, '2.fc': { neuron: 2, layer: 2 } },
    });
  });
});
