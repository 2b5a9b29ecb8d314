import { CodedError, isWeightLayer } from '@spikefit/contracts';
import { denseWeights, type FoldedNetwork, weightShape } from '@spikefit/snn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';
import { decodeArtifact, readArtifact } from '../src/artifact/read-artifact.ts';
import { writeArtifact } from '../src/artifact/write-artifact.ts';
import { readSafetensors } from '../src/safetensors/read-safetensors.ts';
import { writeSafetensors } from '../src/safetensors/write-safetensors.ts';
import { exampleNetwork } from './example-network.ts';

describe('a damaged artifact', () => {
  const quantization: ArtifactQuantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
  const file = writeArtifact(exampleNetwork(quantization), { quantization });
  const parsed = readSafetensors(file);

  const expectInvalid = (read: () => unknown, message?: string) => {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(CodedError);
      expect((error as CodedError).code).toBe('artifact.invalid');
      if (message !== undefined) expect((error as CodedError).detail).toContain(message);
      return;
    }
    throw new Error('a damaged artifact was read');
  };

  it('is refused after any cut', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) =>
        expectInvalid(() => readArtifact(file.slice(0, length))),
      ),
    );
  });

  it('is refused after any flipped bits', () => {
    const flips = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(7)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(flips, (where) => {
        const damaged = file.slice();
        for (const [at, bit] of where) damaged[at]! ^= 1 << bit;
        if (Buffer.compare(damaged, file) === 0) return;
        expectInvalid(() => readArtifact(damaged));
      }),
      { numRuns: 500 },
    );
  });

  /** Every shape and range that the readers of a network rely on. */
  const expectSound = (folded: FoldedNetwork) => {
    for (const layer of folded.network.layers) {
      if (isWeightLayer(layer)) {
        const weights = denseWeights(folded.weights[layer.id]!);
        expect(weights.length).toBe(weightShape(layer).reduce((a, b) => a * b, 1));
        expect(weights.every(Number.isFinite)).toBe(true);
        if (layer.useBias) expect(folded.bias[layer.id]!.length).toBe(layer.outputShape[2]);
      } else if (layer.kind === 'neuron') {
        expect([1, layer.outputShape[2]]).toContain(folded.threshold[layer.id]!.length);
        expect(folded.threshold[layer.id]!.every((value) => value > 0)).toBe(true);
      }
    }
  };

  it('that passes the checksum still never gives a wrong shape', () => {
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    let refused = 0;
    let read = 0;
    // Mostly in the manifest, where a flip may leave well-formed JSON.
    const positions = fc.oneof(fc.integer({ min: 8, max: 8 + header - 1 }), fc.nat(file.length - 1));
    fc.assert(
      fc.property(positions, fc.nat(7), (at, bit) => {
        const damaged = file.slice();
        damaged[at]! ^= 1 << bit;
        try {
          expectSound(decodeArtifact(readSafetensors(damaged)));
          read += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
          expect((error as CodedError).code).toBe('artifact.invalid');
          refused += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(refused, read)).toBeGreaterThan(0);
  });

  const remade = (change: (tensors: Record<string, unknown>, metadata: Record<string, string>) => void) => {
    const tensors: Record<string, unknown> = Object.fromEntries(parsed.tensors);
    const metadata = { ...parsed.metadata };
    change(tensors, metadata);
    return () => decodeArtifact(readSafetensors(writeSafetensors(tensors as never, metadata)));
  };
  const editNetwork = (edit: (network: ReturnType<typeof readArtifact>['network']) => void) =>
    remade((_, metadata) => {
      const network = JSON.parse(metadata.network!);
      edit(network);
      metadata.network = JSON.stringify(network);
    });

  it.each<[string, () => unknown, string]>([
    [
      'another format',
      remade((_, m) => {
        m.format = 'spikefit/4';
      }),
      'spikefit/4',
    ],
    [
      'no network',
      remade((_, m) => {
        delete m.network;
      }),
      '"network" is missing',
    ],
    [
      'a network of another form',
      remade((_, m) => {
        m.network = '{"layers":[]}';
      }),
      '"network" is not of this format',
    ],
    [
      'levels out of range',
      remade((_, m) => {
        m.quantization = '{"technique":"cat","levels":1,"bits":8,"group":"layer"}';
      }),
      '"quantization"',
    ],
    [
      'a missing tensor',
      remade((t) => {
        delete t['0.conv.bias'];
      }),
      '"0.conv.bias" is missing',
    ],
    [
      'a tensor too many',
      remade((t) => {
        t.extra = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) };
      }),
      '"extra" belongs to nothing',
    ],
    [
      'indices of another length',
      remade((t) => {
        t['0.conv.indices'] = { dtype: 'U8', shape: [3], data: new Uint8Array(3) };
      }),
      '"0.conv.indices" has 3 bytes',
    ],
    [
      'codes that do not ascend',
      remade((t) => {
        t['0.conv.codebook'] = { dtype: 'I8', shape: [1, 4], data: Int8Array.of(1, 1, 2, 3) };
      }),
      'group 0 of the tensor "0.conv.codebook"',
    ],
    [
      'a step of 0',
      remade((t) => {
        t['0.conv.delta'] = { dtype: 'F32', shape: [1], data: Float32Array.of(0) };
      }),
      '"0.conv.codebook"',
    ],
    [
      'a codebook of another type',
      remade((t) => {
        t['0.conv.codebook'] = { dtype: 'U8', shape: [1, 4], data: new Uint8Array(4) };
      }),
      'is U8 [1, 4], not I8 [1, 4]',
    ],
    [
      'a mask that keeps other units',
      remade((t) => {
        t['0.conv.mask'] = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) };
      }),
      'keeps 1 units',
    ],
    [
      'a bias that is not a number',
      remade((t) => {
        t['8.fc.bias'] = { dtype: 'F16', shape: [5], data: Uint16Array.of(0x7e00, 0, 0, 0, 0) };
      }),
      'not finite',
    ],
    [
      'a threshold that is not positive',
      remade((t) => {
        t['1.if.threshold'] = { dtype: 'F16', shape: [1], data: Uint16Array.of(0) };
      }),
      'not positive',
    ],
    [
      'a decay above 1',
      remade((t) => {
        t['4.lif.decay'] = { dtype: 'F32', shape: [1], data: Float32Array.of(1.5) };
      }),
      'decay of layer "4.lif"',
    ],
    [
      'units of a layer that is none',
      remade((_, m) => {
        m.units = m.units!.replace('{', '{"9.fc":3,');
      }),
      'no prunable layer',
    ],
    [
      'shapes that do not follow',
      editNetwork((n) => {
        n.layers[2]!.outputShape = [4, 4, 6];
      }),
      'layer "2.mp"',
    ],
    [
      'a batch norm',
      editNetwork((n) => {
        n.layers[1] = { ...n.layers[1]!, kind: 'batchNorm' } as never;
      }),
      'a folded network does not have',
    ],
    [
      'a repeated id',
      editNetwork((n) => {
        n.layers[3]!.id = '0.conv';
      }),
      'no id of its own',
    ],
    [
      'no read-out',
      editNetwork((n) => {
        n.layers.pop();
      }),
      'does not end in an FC',
    ],
    [
      'no layers',
      editNetwork((n) => {
        n.layers = [];
      }),
      'does not end in an FC',
    ],
    [
      'two neurons in a row',
      editNetwork((n) => {
        n.layers.splice(2, 0, { ...n.layers[1]!, id: '77.if' });
      }),
      'no weights before it',
    ],
    [
      'no time',
      editNetwork((n) => {
        n.timeSteps = 0;
      }),
      '0 time steps',
    ],
  ])('is named: %s', (_, read, message) => {
    expectInvalid(read, message);
  });
});
