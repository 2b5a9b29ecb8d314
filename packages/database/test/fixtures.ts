/** Small, complete values of the contracts, for tests of this package. */
import { randomBytes } from 'node:crypto';
import type {
  ComputePin,
  JobRequest,
  NetworkFigures,
  Report,
  ResolvedSpec,
  Target,
} from '@spikefit/contracts';
import type { ThrowAwayDatabase } from '@spikefit/testkit';
import type { ApplicationDatabase, Claim, ClaimRequest, NewCheckpoint, NewJob } from '../src/index.ts';
import { connectApplication, connectNotifier, connectOwner } from '../src/index.ts';

export const pin: ComputePin = {
  backend: 'cpu',
  isa: 'none',
  precision: 'fp32',
  kernelRevision: 1,
  formatVersion: 1,
};

const nothing = { value: null, source: 'test' };
const target: Target = {
  id: 'generic-4-level',
  name: 'Four levels',
  version: 3,
  description: 'test',
  cores: nothing,
  neuronsPerCore: nothing,
  neurons: nothing,
  synapsesPerCore: nothing,
  synapses: nothing,
  synapseMemoryBitsPerCore: nothing,
  fanIn: nothing,
  fanOut: nothing,
  inputAxonsPerCore: nothing,
  outputAxonsPerCore: nothing,
  weights: { bits: nothing, distinctValues: nothing, distinctValuesPer: 'layer', sharedByAxonType: false },
  neuron: { models: nothing, resets: nothing, comparisons: nothing, stateFractionBits: nothing },
  thresholdGranularity: nothing,
  maxThresholdProfiles: nothing,
  pooling: { max: 'unknown', source: 'test' },
  energy: { synapticOperationPicojoules: nothing, neuronUpdatePicojoules: nothing },
};

export const requested: JobRequest = {
  name: 'small',
  model: { architecture: 'FC10' },
  dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 50 },
  target: { id: 'generic-4-level' },
  seed: 7,
};

export const resolved: ResolvedSpec = {
  specVersion: 1,
  network: {
    architecture: 'FC10',
    inputShape: [28, 28, 1],
    timeSteps: 4,
    encoder: 'direct',
    classes: 10,
    neuron: {
      tau: 2,
      threshold: 1,
      reset: 'hard',
      resetValue: 0,
      resetDelay: false,
      decayInput: false,
      comparison: 'ge',
      detachReset: true,
      surrogate: { name: 'atan', parameter: 2 },
    },
    layers: [
      {
        id: '0.fc',
        kind: 'dense',
        units: 10,
        useBias: true,
        inputShape: [28, 28, 1],
        outputShape: [1, 1, 10],
      },
    ],
  },
  dataset: { id: 'fashion-mnist', trainSamples: 100, validationSamples: 10, testSamples: 50, classes: 10 },
  target,
  quantization: {
    technique: 'cat',
    levels: 4,
    bits: 8,
    group: 'layer',
    initialization: 'k-means',
    assignments: 'activations',
    codebookLearningRateScale: 0.1,
    pull: 0,
    gradientScale: 'sqrt',
    recenter: false,
    pinZero: false,
    temperature: 0,
    freezeFraction: 0.25,
  },
  pruning: {
    technique: 'none',
    unit: 'channel',
    budget: { kind: 'fraction', value: 0 },
    steps: 1,
    samples: 16,
    recoveryEpochs: 0,
    labels: 'true',
    normalization: 'none',
    interactions: false,
    cost: 'budget',
    compensation: 'none',
    floorUnits: 4,
    floorFraction: 0.1,
  },
  composition: 'chained',
  training: {
    pretrainEpochs: 1,
    catEpochs: 1,
    finetuneEpochs: 1,
    batchSize: 10,
    learningRate: 0.002,
    compressionLearningRateScale: 0.5,
    optimizer: 'adam',
    momentum: 0.9,
    weightDecay: 0,
    batchNormMomentum: 0.1,
    schedule: 'cosine',
    validationFraction: 0.1,
    augmentation: 'none',
    precision: 'fp32',
  },
  seed: 7,
  limits: { maxRuntimeSeconds: 3600 },
};

const accuracy = {
  value: 0.8,
  correct: 40,
  n: 50,
  interval: { low: 0.67, high: 0.89, level: 0.95, method: 'wilson' },
} as const;

const figures: NetworkFigures = {
  accuracy,
  channels: 10,
  neurons: 10,
  weights: { stored: 7840, nonzero: 7840 },
  synapses: { stored: 7840, nonzero: 7840 },
  size: { bits: 250_880, parts: { weights: 250_880 }, containerBytes: null },
  spikeRate: 0.1,
  synapticOperations: { accumulates: 0, multiplyAccumulates: 7840 },
};

export const report: Report = {
  formatVersion: 1,
  baseline: figures,
  compressed: figures,
  delta: {
    accuracyPoints: 0,
    accuracyPointsInterval: { low: -1, high: 1 },
    neuronsRemoved: 0,
    synapsesRemoved: 0.5,
    sizeRemoved: 0,
    synapticOperationsRemoved: 0,
  },
  layers: [],
  quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer', distinctValuesPerGroup: 4 },
  energy: [],
  fit: { target: { id: target.id, version: target.version }, verdict: 'fits', limits: [] },
  history: [],
  artifact: { sha256: 'a'.repeat(64), bytes: 10, format: 'spikefit/1' },
  verification: { simulator: 'test', accuracy, note: '' },
  seed: 7,
  toolchain: {
    service: '0',
    node: '20',
    tfjs: '4',
    backend: 'cpu',
    isa: 'none',
    precision: 'fp32',
    kernelRevision: 1,
  },
  notes: [],
};

export function newJob(tenantId: string, change: Partial<NewJob> = {}): NewJob {
  return {
    tenantId,
    name: 'small',
    requested,
    resolved,
    priority: 0,
    metadata: { paper: 'table 2' },
    modelSha256: 'b'.repeat(64),
    ...change,
  };
}

export function newCheckpoint(change: Partial<NewCheckpoint> = {}): NewCheckpoint {
  return {
    phase: 'cluster',
    epoch: 1,
    step: 0,
    metrics: { loss: 1.5 },
    pin,
    codebooks: [
      { layer: '0.fc', group: 0, levels: 4, codes: [-128, -1, 0, 127], delta: 0.1, counts: [1, 2, 3, 4] },
      { layer: '0.fc', group: 1, levels: 2, codes: [-5, 5], delta: 0.25, counts: [7, 8] },
    ],
    masks: [
      {
        layer: '0.fc',
        unit: 'channel',
        shape: [10],
        kept: 9,
        bitmap: Buffer.from([0xff, 0x01]).toString('base64'),
      },
    ],
    objectKey: `jobs/${randomBytes(8).toString('hex')}/state`,
    sha256: 'c'.repeat(64),
    bytes: 5_000_000_000,
    ...change,
  };
}

/** The three ways in, closed together, and a tenant. */
export async function openDatabases(database: ThrowAwayDatabase) {
  const owner = connectOwner({ url: database.ownerUrl });
  const application = connectApplication({ url: database.applicationUrl, maxConnections: 10 });
  const notifier = connectNotifier({ url: database.notifierUrl, maxConnections: 5 });
  return {
    owner,
    application,
    notifier,
    newTenant: async () =>
      (await owner.createTenant({ name: 'test', encryptedWebhookSecret: Buffer.from('default') })).id,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([owner.close(), application.close(), notifier.close()]);
    },
  };
}

export async function createdJob(application: ApplicationDatabase, job: NewJob) {
  const outcome = await application.jobs.create(job);
  if (outcome.kind !== 'created') throw new Error(`the job was ${outcome.kind}`);
  return outcome.job;
}

export async function claimed(
  application: ApplicationDatabase,
  job: Pick<ClaimRequest, 'tenantId' | 'jobId' | 'pretrainingHash'> & {
    owner?: string;
    leaseSeconds?: number;
  },
): Promise<Claim> {
  const outcome = await application.attempts.claim({ owner: 'worker-1', leaseSeconds: 30, pin, ...job });
  if (outcome.kind !== 'claimed') throw new Error(`declined: ${outcome.detail}`);
  return outcome.claim;
}

export async function allEvents(application: ApplicationDatabase, tenantId: string, jobId: string) {
  const page = await application.events.page({ tenantId, jobId, afterSeq: 0, limit: 1000 });
  return page?.events ?? [];
}

/** A sweep of the request with two seeds. */
export async function createdSweep(application: ApplicationDatabase, tenantId: string) {
  const jobs = [1, 2].map((seed) => ({
    name: null,
    requested: { ...requested, seed },
    resolved: { ...resolved, seed },
    modelSha256: 'b'.repeat(64),
  }));
  const outcome = await application.sweeps.create({
    tenantId,
    name: null,
    base: {},
    axes: [{ name: 'seed', path: ['seed'], values: [1, 2], fromSeeds: true }],
    priority: 0,
    metadata: {},
    jobs,
  });
  if (outcome.kind !== 'created') throw new Error(`it is ${outcome.kind}`);
  return outcome.sweep;
}
