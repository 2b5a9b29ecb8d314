import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWeightLayer } from '@spikefit/contracts';
import { denseWeights, presentSynapses } from '@spikefit/snn';
import { skipAloud } from '@spikefit/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactQuantization } from '../src/artifact/manifest.ts';
import { readArtifact } from '../src/artifact/read-artifact.ts';
import { writeArtifact } from '../src/artifact/write-artifact.ts';
import { exampleNetwork } from './example-network.ts';

const script = join(import.meta.dirname, '../python/spikefit_artifact.py');
const hasNumpy = spawnSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0;

interface Described {
  dtype: string;
  shape: number[];
  sha256: string;
}
const sha256 = (data: Float32Array | Uint8Array) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

describe('the Python loader', () => {
  let directory: string;
  let path: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'spikefit-artifact-'));
    path = join(directory, 'model.safetensors');
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach((context) => {
    if (!hasNumpy) skipAloud(context, 'there is no python3 with numpy');
  });

  it.each<[string, ArtifactQuantization, (number | undefined)?, number?]>([
    ['2-bit indices', { technique: 'cat', levels: 4, bits: 8, group: 'layer' }],
    ['ternary', { technique: 'cat', levels: 3, bits: 4, group: 'channel' }],
    ['3-bit indices', { technique: 'cat', levels: 5, bits: 3, group: 'network' }],
    ['8-bit indices', { technique: 'cat', levels: 200, bits: 8, group: 'layer' }],
    ['floats', { technique: 'none', levels: 4, bits: 8, group: 'layer' }],
    ['few synapses', { technique: 'cat', levels: 4, bits: 8, group: 'layer' }, 0.06],
    ['half of the synapses', { technique: 'cat', levels: 3, bits: 4, group: 'channel' }, 0.5],
    ['nearly all synapses', { technique: 'cat', levels: 5, bits: 3, group: 'network' }, 0.95],
    ['no synapse', { technique: 'cat', levels: 4, bits: 8, group: 'layer' }, 0],
    ['floats of few synapses', { technique: 'none', levels: 4, bits: 8, group: 'layer' }, 0.1],
    ['few neurons', { technique: 'cat', levels: 4, bits: 8, group: 'layer' }, undefined, 0.1],
    ['most neurons', { technique: 'cat', levels: 3, bits: 4, group: 'channel' }, undefined, 0.97],
    ['few neurons, few synapses', { technique: 'cat', levels: 5, bits: 3, group: 'network' }, 0.3, 0.3],
    ['floats of few neurons', { technique: 'none', levels: 4, bits: 8, group: 'layer' }, undefined, 0.3],
  ])('gives the same numbers as the TypeScript one: %s', (_, quantization, density, neuronDensity) => {
    const masks = {
      ...(density === undefined ? {} : { density }),
      ...(neuronDensity === undefined ? {} : { neuronDensity }),
    };
    const file = writeArtifact(exampleNetwork(quantization, masks), { quantization });
    writeFileSync(path, file);
    const summary = JSON.parse(execFileSync('python3', [script, path], { encoding: 'utf8' }));
    const network = readArtifact(file);
    expect(summary.quantization).toEqual(quantization);
    for (const layer of network.network.layers) {
      const described = summary.layers[layer.id] as Record<string, Described & number> | undefined;
      if (isWeightLayer(layer)) {
        const weights = network.weights[layer.id]!;
        expect(described!.weights!.shape).toEqual(weights.shape);
        expect(described!.weights!.sha256).toBe(sha256(denseWeights(weights)));
        const present = presentSynapses(weights);
        expect(described!.present?.sha256).toBe(present === null ? undefined : sha256(present));
        expect(described!.bias!.sha256).toBe(sha256(network.bias[layer.id]!));
        const kept = network.kept[layer.id];
        expect(described!.kept?.shape[0]).toBe(kept?.indices.length);
        expect(described!.units ?? undefined).toBe(kept?.units);
      } else if (layer.kind === 'neuron') {
        expect(described!.threshold!.sha256).toBe(sha256(network.threshold[layer.id]!));
        expect(described!.reset!.sha256).toBe(sha256(network.reset[layer.id]!));
        expect(described!.decay ?? undefined).toBe(network.decay[layer.id]);
        const present = network.neurons[layer.id];
        expect(described!.present?.sha256).toBe(present === undefined ? undefined : sha256(present));
        if (present !== undefined) expect(described!.present!.shape).toEqual(layer.outputShape);
      }
    }
  });

  it('refuses a damaged file in one line', () => {
    const quantization: ArtifactQuantization = { technique: 'cat', levels: 4, bits: 8, group: 'layer' };
    const file = writeArtifact(exampleNetwork(quantization), { quantization });
    for (const damaged of [
      file.slice(0, 4),
      file.slice(0, 100),
      file.slice(0, -1),
      file.map((b, i) => (i === 3000 ? b ^ 1 : b)),
    ]) {
      writeFileSync(path, damaged);
      const { status, stderr } = spawnSync('python3', [script, path], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^artifact\.invalid: .+\n$/);
    }
  });
});
