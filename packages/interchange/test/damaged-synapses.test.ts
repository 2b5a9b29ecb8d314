import { CodedError, isWeightLayer } from '@spikefit/contracts';
import { denseWeights, weightShape } from '@spikefit/snn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';
import { decodeArtifact, readArtifact } from '../src/artifact/read-artifact.ts';
import { writeArtifact } from '../src/artifact/write-artifact.ts';
import { readSafetensors } from '../src/safetensors/read-safetensors.ts';
import { writeSafetensors } from '../src/safetensors/write-safetensors.ts';
import { exampleNetwork } from './example-network.ts';

describe('a damaged artifact with masks of synapses', () => {
  const quantization: ArtifactQuantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
  const file = writeArtifact(exampleNetwork(quantization, { density: 0.1 }), { quantization });
  const parsed = readSafetensors(file);
  const remade = (change: (tensors: Record<string, unknown>, metadata: Record<string, string>) => void) => {
    const tensors: Record<string, unknown> = Object.fromEntries(parsed.tensors);
    const metadata = { ...parsed.metadata };
    change(tensors, metadata);
    return () => decodeArtifact(readSafetensors(writeSafetensors(tensors as never, metadata)));
  };
  const bytes = (...data: number[]) => ({ dtype: 'U8', shape: [data.length], data: Uint8Array.of(...data) });

  it('is refused after any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(7), (at, bit) => {
        const damaged = file.slice();
        damaged[at]! ^= 1 << bit;
        expect(() => readArtifact(damaged)).toThrow(CodedError);
      }),
    );
  });

  it('that passes the checksum still never gives a wrong shape', () => {
    const masks = Object.keys(JSON.parse(parsed.metadata.synapses!)).map((id) => `${id}.synapses`);
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...masks), fc.nat(1000), fc.nat(7), (name, at, bit) => {
        const data = (parsed.tensors.get(name)!.data as Uint8Array).slice();
        data[at % data.length]! ^= 1 << bit;
        try {
          const { network, weights } = remade((t) => {
            t[name] = bytes(...data);
          })();
          for (const layer of network.layers.filter(isWeightLayer))
            expect(denseWeights(weights[layer.id]!).length).toBe(
              weightShape(layer).reduce((a, b) => a * b, 1),
            );
        } catch (error) {
          expect((error as CodedError).code).toBe('artifact.invalid');
          refused += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a mask in the older format',
      remade((_, m) => {
        m.format = 'spikefit/1';
        delete m.synapses;
      }),
      'bytes',
    ],
    [
      'no list of masks',
      remade((_, m) => {
        delete m.synapses;
      }),
      '"synapses" is missing',
    ],
    [
      'an encoding that is none',
      remade((_, m) => {
        m.synapses = '{"0.conv":"zip"}';
      }),
      '"synapses" is not of this format',
    ],
    [
      'a mask of a layer that is none',
      remade((_, m) => {
        m.synapses = m.synapses!.replace('{', '{"9.fc":"bitmap",');
      }),
      'no weight layer',
    ],
    [
      'a mask that is missing',
      remade((t) => {
        delete t['0.conv.synapses'];
      }),
      '"0.conv.synapses" is missing',
    ],
    [
      'a mask of another length',
      remade((t, m) => {
        m.synapses = JSON.stringify({ ...JSON.parse(m.synapses!), '0.conv': 'bitmap' });
        t['0.conv.synapses'] = bytes(1, 2, 3);
      }),
      '"0.conv.synapses" has 3 bytes',
    ],
    [
      'a mask that keeps another number of synapses',
      remade((t, m) => {
        m.synapses = JSON.stringify({ ...JSON.parse(m.synapses!), '0.conv': 'run-lengths' });
        // One run over all 90 places of the 3 × 3 kernel, 2 inputs, 5 units: 90 = 2·32 + 26.
        t['0.conv.synapses'] = bytes(5, 0b11010011);
      }),
      '"0.conv.indices" has',
    ],
  ])('is named: %s', (_, read, message) => {
    expect(read).toThrow(
      expect.objectContaining({ code: 'artifact.invalid', detail: expect.stringContaining(message) }),
    );
  });
});
