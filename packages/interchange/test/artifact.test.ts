import { isWeightLayer } from '@spikefit/contracts';
import { foldedParameters, presentSynapses, weightShape } from '@spikefit/snn';
import { describe, expect, it } from 'vitest';
import { artifactSizeBits } from '../src/artifact/artifact-size.ts';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';
import { readArtifact } from '../src/artifact/read-artifact.ts';
import { artifactFormatOf, writeArtifact } from '../src/artifact/write-artifact.ts';
import { readSafetensors } from '../src/safetensors/read-safetensors.ts';
import { exampleNetwork } from './example-network.ts';

const quantizations: ArtifactQuantization[] = [
  { technique: 'cat', levels: 4, bits: 8, group: 'layer' },
  { technique: 'cat', levels: 4, bits: 2, group: 'layer' },
  { technique: 'cat', levels: 3, bits: 4, group: 'channel' },
  { technique: 'cat', levels: 5, bits: 3, group: 'network' },
  { technique: 'cat', levels: 16, bits: 8, group: 'network' },
  { technique: 'cat', levels: 256, bits: 8, group: 'layer' },
  { technique: 'none', levels: 4, bits: 8, group: 'layer' },
];
const name = (q: ArtifactQuantization) =>
  `${q.technique}, ${q.levels} levels of ${q.bits} bits per ${q.group}`;
const cases = quantizations.map((quantization) => [name(quantization), quantization] as const);

const masks = [
  ['', {}, 'spikefit/1'],
  [', few synapses', { density: 0.08 }, 'spikefit/2'],
  [', few neurons', { neuronDensity: 0.2 }, 'spikefit/3'],
  [', few neurons and half of their synapses', { neuronDensity: 0.2, density: 0.5 }, 'spikefit/3'],
] as const;
const allCases = cases.flatMap(([title, quantization]) =>
  masks.map(([which, options, format]) => [`${title}${which}`, quantization, options, format] as const),
);

describe.each(allCases)('artifact: %s', (_, quantization, options, format) => {
  const example = () => exampleNetwork(quantization, options);
  const folded = example();
  const file = writeArtifact(folded, { quantization });

  it('gives back weights exactly and vectors to 16 bits', () => {
    const read = readArtifact(file);
    expect(read.network).toEqual(folded.network);
    expect(read.quantization).toEqual(quantization);
    expect(read.kept).toEqual(folded.kept);
    expect(read.decay).toEqual(folded.decay);
    expect(read.weights).toEqual(folded.weights);
    expect(read.neurons).toEqual(folded.neurons);
    for (const part of ['bias', 'threshold', 'reset'] as const) {
      expect(Object.keys(read[part])).toEqual(Object.keys(folded[part]));
      for (const [id, values] of Object.entries(folded[part])) {
        values.forEach((value, i) => {
          expect(Math.abs(read[part][id]![i]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
        });
      }
    }
  });

  it('writes equal bytes for equal networks, and again for what it read', () => {
    expect(writeArtifact(example(), { quantization })).toEqual(file);
    expect(writeArtifact(readArtifact(file), { quantization })).toEqual(file);
  });

  it('has at most M values per group in the dense weights', () => {
    for (const [id, tensor] of Object.entries(foldedParameters(readArtifact(file)))) {
      if (!id.endsWith('/weights') || quantization.technique === 'none') continue;
      const units = tensor.shape.at(-1)!;
      const groups = quantization.group === 'channel' ? units : 1;
      for (let g = 0; g < groups; g++) {
        const present = presentSynapses(folded.weights[id.split('/')[0]!]!);
        const values = new Set(
          tensor.data.filter((__, i) => (groups === 1 || i % units === g) && (present?.[i] ?? 1) === 1),
        );
        expect(values.size).toBeLessThanOrEqual(quantization.levels);
      }
    }
  });

  it('counts every stored bit', () => {
    const { bits, parts, containerBytes } = artifactSizeBits(file);
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(bits).toBe((file.length - 8 - header) * 8);
    expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(bits);
    expect(containerBytes).toBe(file.length);
    expect(parts.other).toBeUndefined();
    if (quantization.technique === 'none') return;
    const weights = folded.network.layers
      .filter(isWeightLayer)
      .map(
        (layer) =>
          folded.weights[layer.id]!.present?.reduce((sum, one) => sum + one, 0) ??
          weightShape(layer).reduce((a, b) => a * b, 1),
      );
    const perWeight = quantization.levels === 3 ? 1.6 : Math.ceil(Math.log2(quantization.levels));
    const expected = weights.reduce(
      (sum, count) => sum + Math.ceil(Math.ceil(count * perWeight - 1e-9) / 8) * 8,
      0,
    );
    expect(parts.indices).toBe(expected);
  });

  it('holds no time, host or path: only what it needs', () => {
    expect(Object.keys(readSafetensors(file).metadata).sort()).toEqual([
      'format',
      'network',
      ...(format === 'spikefit/3' ? ['neurons'] : []),
      'quantization',
      'sha256',
      ...(format === 'spikefit/1' ? [] : ['synapses']),
      'units',
    ]);
  });

  it('is of the oldest format that has its masks', () => {
    const { metadata, tensors } = readSafetensors(file);
    expect(metadata.format).toBe(format);
    expect(artifactFormatOf(folded)).toBe(metadata.format);
    for (const kind of ['synapses', 'neurons'])
      expect([...tensors.keys()].filter((name) => name.endsWith(`.${kind}`))).toEqual(
        Object.keys(JSON.parse(metadata[kind] ?? '{}')).map((id) => `${id}.${kind}`),
      );
    // What follows from the neurons is not written again.
    if (format === 'spikefit/3' && !('density' in options)) expect(metadata.synapses).toBe('{}');
  });
});
