/** Does to the database what a worker does, without training anything. */
import { createHash } from 'node:crypto';
import type {
  CheckpointSummary,
  Codebook,
  ComputePin,
  Mask,
  NetworkFigures,
  Report,
} from '@spikefit/contracts';
import type { Lease } from '@spikefit/database';
import type { TestApi } from './test-api.ts';

const pin: ComputePin = {
  backend: 'cpu',
  isa: 'baseline',
  precision: 'fp32',
  kernelRevision: 1,
  formatVersion: 1,
};

export async function claim(api: TestApi, jobId: string): Promise<Lease> {
  const outcome = await api.database.attempts.claim({
    jobId,
    tenantId: api.tenant.id,
    owner: 'worker-1',
    leaseSeconds: 600,
    pin,
  });
  if (outcome.kind !== 'claimed') throw new Error(`not claimed: ${outcome.detail}`);
  return outcome.claim.lease;
}

export const codebook: Codebook = {
  layer: '0.conv',
  group: 0,
  levels: 4,
  codes: [-127, -40, 38, 120],
  delta: 0.0123,
  counts: [10, 20, 30, 12],
};
export const mask: Mask = { layer: '0.conv', unit: 'channel', shape: [8], kept: 4, bitmap: 'DQ==' };

export function saveCheckpoint(api: TestApi, lease: Lease, epoch: number): Promise<CheckpointSummary> {
  return api.database.attempts.saveCheckpoint(lease, {
    phase: 'cluster',
    epoch,
    step: 0,
    metrics: { loss: 0.5 / epoch },
    pin,
    codebooks: [codebook],
    masks: [mask],
    objectKey: `jobs/${lease.jobId}/e1/checkpoint-${epoch}.safetensors`,
    sha256: createHash('sha256').update(`${epoch}`).digest('hex'),
    bytes: 1000 + epoch,
  });
}

/** Stores `bytes` as the packed network and ends the job. */
export async function succeed(
  api: TestApi,
  lease: Lease,
  bytes: Uint8Array,
): Promise<{ sha256: string; objectKey: string }> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const objectKey = `jobs/${lease.jobId}/e1/network.spikefit.safetensors`;
  await api.objectStore.put(objectKey, bytes, { sha256 });
  await api.database.attempts.succeed(lease, {
    report: report(sha256, bytes.length),
    artifacts: [
      {
        name: 'network.spikefit.safetensors',
        format: 'spikefit/1',
        mediaType: 'application/octet-stream',
        objectKey,
        sha256,
        bytes: bytes.length,
      },
    ],
  });
  return { sha256, objectKey };
}

const accuracy = {
  value: 0.9,
  correct: 180,
  n: 200,
  interval: { low: 0.85, high: 0.934, level: 0.95, method: 'wilson' },
} as const;
const counted = { stored: 100, nonzero: 90 };
const figures: NetworkFigures = {
  accuracy,
  channels: 24,
  neurons: 9408,
  weights: counted,
  synapses: counted,
  size: { bits: 3200, parts: { indices: 3000, thresholds: 200 }, containerBytes: 500 },
  spikeRate: 0.12,
  synapticOperations: { accumulates: 12_345.5, multiplyAccumulates: 678 },
};

export function report(sha256: string, bytes: number): Report {
  return {
    formatVersion: 1,
    baseline: { ...figures, size: { ...figures.size, containerBytes: null } },
    compressed: figures,
    delta: {
      accuracyPoints: 0,
      accuracyPointsInterval: { low: -1.5, high: 1.5 },
      neuronsRemoved: 0.5,
      synapsesRemoved: 0.7,
      sizeRemoved: 0.95,
      synapticOperationsRemoved: 0.6,
    },
    layers: [
      {
        id: '0.conv',
        kind: 'conv',
        channels: { before: 8, after: 4 },
        neurons: { before: 6272, after: 3136 },
        weights: { before: 72, after: counted },
        synapses: { before: 53_792, after: counted },
        distinctValues: 4,
        spikeRate: { before: null, after: null },
      },
    ],
    quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer', distinctValuesPerGroup: 4 },
    energy: [
      {
        model: 'synops-proxy',
        unit: 'joule per image',
        baseline: 1e-6,
        compressed: null,
        constants: { accumulatePicojoules: 0.9 },
        assumptions: ['45 nm'],
        source: 'Horowitz 2014',
      },
    ],
    fit: {
      target: { id: 'loihi', version: 1 },
      verdict: 'cannot-tell',
      limits: [
        {
          name: 'fanIn',
          required: 72,
          available: null,
          verdict: 'cannot-tell',
          explanation: 'no source',
          source: 'none',
        },
      ],
    },
    history: [
      {
        phase: 'pretrain',
        epoch: 1,
        loss: 0.5,
        trainAccuracy: 0.8,
        validationAccuracy: 0.82,
        spikeRate: 0.1,
      },
    ],
    artifact: { sha256, bytes, format: 'spikefit/1' },
    verification: { simulator: 'folded network', accuracy, note: 're-read from the file' },
    seed: 1,
    toolchain: {
      service: '0.1.0',
      node: '20',
      tfjs: '4.22.0',
      backend: 'cpu',
      isa: 'baseline',
      precision: 'fp32',
      kernelRevision: 1,
    },
    notes: [],
  };
}
