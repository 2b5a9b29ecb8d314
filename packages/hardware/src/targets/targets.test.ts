import { type CodedError, Target } from '@spikefit/contracts';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { findTarget, listTargets, targets } from './catalogue.ts';
import { validateTarget } from './validate-target.ts';

describe('the catalogue of targets', () => {
  it('lists what it finds', () => {
    expect(listTargets().map(({ id }) => id)).toEqual(['generic-4-level', 'loihi', 'truenorth']);
    expect(findTarget('loihi')).toBe(targets.loihi);
    expect(findTarget('toString')).toBeUndefined();
  });

  it.each(listTargets().map((target) => [target.id, target] as const))(
    '%s is of the schema and sound',
    (_, target) => {
      expect([...Value.Errors(Target, target)]).toEqual([]);
      expect(() => validateTarget(target)).not.toThrow();
    },
  );
});

describe('a target of a user', () => {
  const changed = (change: (target: Target) => void): Target => {
    const target = structuredClone(targets.truenorth!);
    change(target);
    return target;
  };
  const pointersOf = (target: Target): string[] => {
    try {
      validateTarget(target);
    } catch (error) {
      expect((error as CodedError).code).toBe('spec.target-invalid');
      return (error as CodedError).errors.map(({ pointer }) => pointer);
    }
    return [];
  };

  it.each<[string, (target: Target) => void, string[]]>([
    [
      'more neurons than its cores have',
      (t) => {
        t.neurons.value = 2e6;
      },
      ['/target/neurons/value'],
    ],
    [
      'a core larger than the chip',
      (t) => {
        t.cores.value = null;
        t.neuronsPerCore.value = 2e6;
      },
      ['/target/neuronsPerCore/value'],
    ],
    [
      'more synapses than its cores have',
      (t) => {
        t.synapses.value = 1e12;
      },
      ['/target/synapses/value'],
    ],
    [
      'more fan-in than a core has synapses',
      (t) => {
        t.fanIn.value = 1e6;
      },
      ['/target/fanIn/value'],
    ],
    [
      'more values than its bits tell apart',
      (t) => {
        t.weights.distinctValues.value = 1024;
      },
      ['/target/weights/distinctValues/value'],
    ],
    [
      'a width named twice',
      (t) => {
        t.weights.bits.value = [9, 9];
      },
      ['/target/weights/bits/value'],
    ],
    [
      'axon types without values',
      (t) => {
        t.weights.distinctValues.value = null;
      },
      ['/target/weights/sharedByAxonType'],
    ],
    [
      'axon types per layer',
      (t) => {
        t.weights.distinctValuesPer = 'layer';
      },
      ['/target/weights/distinctValuesPer'],
    ],
    [
      'several thresholds of one',
      (t) => {
        t.thresholdGranularity.value = 'network';
        t.maxThresholdProfiles = { value: 2, source: 'x' };
      },
      ['/target/maxThresholdProfiles/value'],
    ],
    [
      'kinds that their values deny',
      (t) => {
        t.fanIn.kind = 'none';
        t.fanOut = { value: null, kind: 'limit', source: 'x' };
        t.weights.distinctValues.kind = 'unknown';
      },
      ['/target/fanIn/kind', '/target/fanOut/kind', '/target/weights/distinctValues/kind'],
    ],
    [
      'two contradictions',
      (t) => {
        t.neurons.value = 2e6;
        t.fanIn.value = 1e6;
      },
      ['/target/neurons/value', '/target/fanIn/value'],
    ],
    [
      'unknown numbers',
      (t) => {
        t.cores.value = null;
        t.synapses.value = null;
        t.fanIn.value = null;
        t.weights.bits.value = null;
      },
      [],
    ],
  ])('with %s', (_, change, pointers) => {
    expect(pointersOf(changed(change))).toEqual(pointers);
  });
});
