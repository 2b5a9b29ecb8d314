import { CodedError } from '@spikefit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';
import { decodeArtifact } from '../src/artifact/read-artifact.ts';
import { writeArtifact } from '../src/artifact/write-artifact.ts';
import { readSafetensors } from '../src/safetensors/read-safetensors.ts';
import { writeSafetensors } from '../src/safetensors/write-safetensors.ts';
import { exampleNetwork } from './example-network.ts';

describe('a damaged artifact with masks of neurons', () => {
  const quantization: ArtifactQuantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
  const folded = exampleNetwork(quantization, { neuronDensity: 0.3 });
  const parsed = readSafetensors(writeArtifact(folded, { quantization }));
  const remade = (change: (tensors: Record<string, unknown>, metadata: Record<string, string>) => void) => {
    const tensors: Record<string, unknown> = Object.fromEntries(parsed.tensors);
    const metadata = { ...parsed.metadata };
    change(tensors, metadata);
    return () => decodeArtifact(readSafetensors(writeSafetensors(tensors as never, metadata)));
  };
  const bytes = (...data: number[]) => ({ dtype: 'U8', shape: [data.length], data: Uint8Array.of(...data) });

  it('never gives a mask of another shape, nor weights that do not belong to it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1.if.neurons', '4.lif.neurons'),
        fc.nat(1000),
        fc.nat(7),
        (name, at, bit) => {
          const data = (parsed.tensors.get(name)!.data as Uint8Array).slice();
          data[at % data.length]! ^= 1 << bit;
          try {
            const { network, neurons } = remade((t) => {
              t[name] = bytes(...data);
            })();
            for (const { id, outputShape } of network.layers)
              if (neurons[id] !== undefined)
                expect(neurons[id].length).toBe(outputShape.reduce((a, b) => a * b, 1));
          } catch (error) {
            expect((error as CodedError).code).toBe('artifact.invalid');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, () => unknown, string]>([
    [
      'masks in the older format',
      remade((_, m) => {
        m.format = 'spikefit/2';
      }),
      'bytes',
    ],
    [
      'no list of masks',
      remade((_, m) => {
        delete m.neurons;
      }),
      '"neurons" is missing',
    ],
    [
      'a mask of a layer without neurons',
      remade((_, m) => {
        m.neurons = m.neurons!.replace('{', '{"0.conv":"bitmap",');
      }),
      'no neuron layer',
    ],
    [
      'a mask that is missing',
      remade((t) => {
        delete t['1.if.neurons'];
      }),
      '"1.if.neurons" is missing',
    ],
    [
      'a mask that leaves another number of inputs to an FC',
      remade((t, m) => {
        m.neurons = JSON.stringify({ ...JSON.parse(m.neurons!), '4.lif': 'run-lengths' });
        // One run over all 96 places: 96 = 3·32.
        t['4.lif.neurons'] = bytes(5, 0b00000111, 0);
      }),
      '"6.fc.indices" has',
    ],
  ])('is named: %s', (_, read, message) => {
    expect(read).toThrow(
      expect.objectContaining({ code: 'artifact.invalid', detail: expect.stringContaining(message) }),
    );
  });

  it('is not written of a network whose FC reads pruned neurons', () => {
    const weights = { ...folded.weights, '6.fc': { ...folded.weights['6.fc']!, present: undefined } };
    expect(() => writeArtifact({ ...folded, weights }, { quantization })).toThrow(CodedError);
  });
});
