import { type Static, Type } from 'typebox';
import { augmentations } from './augmentation.ts';
import { precisions } from './compute.ts';
import { EventType } from './events.ts';
import { activations, encoders } from './network.ts';
import { Metadata } from './scalars.ts';
import { OwnTarget } from './target.ts';

const closed = { additionalProperties: false } as const;
const Samples = Type.Integer({ minimum: 10, maximum: 10_000_000 });
const Epochs = Type.Integer({ minimum: 1, maximum: 1000 });

export const NeuronRequest = Type.Partial(
  Type.Object(
    {
      tau: Type.Number({ minimum: 1, maximum: 1000, description: 'Membrane time constant in steps.' }),
      threshold: Type.Number({ exclusiveMinimum: 0, maximum: 1000 }),
      reset: Type.Enum(['hard', 'soft']),
      resetValue: Type.Number({ minimum: -1000, maximum: 1000 }),
      resetDelay: Type.Boolean({ description: 'Apply the reset one step later, as snnTorch does.' }),
      decayInput: Type.Boolean(),
      comparison: Type.Enum(['ge', 'gt']),
      detachReset: Type.Boolean(),
      surrogate: Type.Object(
        {
          name: Type.Enum(['atan', 'sigmoid', 'fastSigmoid', 'triangle', 'rectangle']),
          parameter: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1000 })),
        },
        closed,
      ),
    },
    closed,
  ),
  closed,
);

export const ModelRequest = Type.Object(
  {
    architecture: Type.String({
      minLength: 1,
      maxLength: 1000,
      description:
        'Tokens joined by "-": 32C3 (S2 suffix for stride), BN, IF, LIF, PLIF, MP2, AP2, FC10, DP0.5.',
      examples: ['32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10'],
    }),
    timeSteps: Type.Optional(Type.Integer({ minimum: 1, maximum: 128, default: 4 })),
    encoder: Type.Optional(
      Type.Enum([...encoders], {
        description:
          'What the first layer reads: the image at every step (`direct`, the default for images), spikes drawn at the rate of its pixels (`rate`), or recorded events as binary frames (`event`, the only one for event data).',
      }),
    ),
    activation: Type.Optional(
      Type.Enum([...activations], {
        default: 'spikes',
        description:
          '`quantized-relu`: the bit-matched ANN twin of the network. Every IF, LIF and PLIF is a clipped ReLU with `timeSteps` + 1 values, and one pass takes the place of the time steps. Of `neuron` only the threshold, where it clips, has an effect.',
      }),
    ),
    neuron: Type.Optional(NeuronRequest),
  },
  closed,
);

export const DatasetRequest = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 100, examples: ['fashion-mnist'] }),
    trainSamples: Type.Optional(Samples),
    testSamples: Type.Optional(Samples),
  },
  closed,
);

const TargetReference = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 63, examples: ['loihi'] }) },
  closed,
);

/** How the gradients of a level's weights become that of the level. */
export const gradientScales = ['sqrt', 'sum', 'mean'] as const;

/** Where the levels of a codebook start. */
export const codebookInitializations = ['k-means', 'uniform'] as const;

/** Which level a weight starts at. */
export const codebookAssignments = ['activations', 'nearest'] as const;

export const QuantizationRequest = Type.Object(
  {
    technique: Type.Optional(
      Type.String({
        maxLength: 50,
        default: 'cat',
        description: '`cat`, `lsq`, `ttq`, `weight-sharing`, `dkm`, `k-means` or `none`; see docs/method.md.',
      }),
    ),
    levels: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 256,
        default: 4,
        description: 'M, the distinct values per group.',
      }),
    ),
    bits: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 8, default: 8, description: 'Width of one stored value.' }),
    ),
    group: Type.Optional(Type.Enum(['layer', 'channel', 'network'], { default: 'layer' })),
    initialization: Type.Optional(
      Type.Enum([...codebookInitializations], {
        default: 'k-means',
        description:
          '`cat`: where levels start. `k-means`: the centres of an exact 1-D k-means of the trained weights. `uniform`: LSQ’s grid, −⌊M/2⌋ … ⌈M/2⌉ − 1 (of two levels −1 and 1) times 2·mean|w|/√(the highest).',
      }),
    ),
    assignments: Type.Optional(
      Type.Enum([...codebookAssignments], {
        default: 'activations',
        description:
          '`cat`: which level a weight starts at. `activations`: in layers before a batch norm those that keep what their units answer, on up to 128 training images. `nearest`: the nearest.',
      }),
    ),
    codebookLearningRateScale: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        default: 0.1,
        description: 'Learning rate of levels and steps, as a share of that of the weights.',
      }),
    ),
    pull: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        default: 0,
        description: '`cat`: λ of the pull λ·mean|w − ŵ|².',
      }),
    ),
    gradientScale: Type.Optional(
      Type.Enum([...gradientScales], {
        default: 'sqrt',
        description:
          '`cat`: what the summed gradient of a level with n weights is divided by: √(n·M), nothing, or n.',
      }),
    ),
    recenter: Type.Optional(
      Type.Boolean({
        default: false,
        description: '`cat`: after each epoch every level moves to the mean of its weights.',
      }),
    ),
    pinZero: Type.Optional(
      Type.Boolean({
        description:
          '`cat`: one level is 0 and stays so. By default only of three levels, which are then ternary.',
      }),
    ),
    temperature: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        default: 0,
        description:
          '`cat`: τ of soft assignments while codebooks come to be (`cluster`; in a joint job `prune`), in distances of neighbouring levels. Weights are mixtures of the two levels around them, and τ falls to 0.01 by the end of the phase, then to none. 0: assignments are hard throughout.',
      }),
    ),
    freezeFraction: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.25,
        description: '`cat`: share of `finetune`, at its end, in which assignments to levels are frozen.',
      }),
    ),
  },
  closed,
);

/** What a pruning budget counts. */
export const budgetKinds = ['fraction', 'neurons', 'synapses', 'synops', 'energy', 'size', 'fit'] as const;
export type BudgetKind = (typeof budgetKinds)[number];

/** How quantisation and pruning follow each other. */
export const compositions = ['chained', 'joint'] as const;

/** What a score may be divided by. */
export const pruningCosts = ['budget', 'none', 'neurons', 'synapses', 'synops', 'energy', 'size'] as const;

/** What pruning removes. */
export const pruningUnits = ['channel', 'neuron', 'synapse'] as const;
export type PruningUnit = (typeof pruningUnits)[number];

export const PruningRequest = Type.Object(
  {
    technique: Type.Optional(
      Type.String({
        maxLength: 50,
        default: 'fsc',
        description:
          'What units are ranked by: `fsc`, `taylor`, `magnitude`, `spike-count`, `svs`, `random`; or `none`.',
      }),
    ),
    unit: Type.Optional(
      Type.Enum([...pruningUnits], {
        default: 'channel',
        description:
          '`channel`: whole feature maps and units of FCs, which really become fewer. `neuron`: single neurons, each one place of a feature map or one unit of an FC; the artifact stores which are left. `synapse`: single weights of every layer, the read-out too; they are absent in the artifact, which stores a mask. `magnitude` ranks no neurons, `spike-count` no synapses, `svs` and `compensation` are for channels; the budgets `neurons` and `fit` are not for synapses.',
      }),
    ),
    budget: Type.Optional(
      Type.Object(
        {
          kind: Type.Enum([...budgetKinds]),
          value: Type.Optional(
            Type.Number({
              minimum: 0,
              description:
                '`fraction`: the share of the units removed, in [0, 1). Else the most that may remain: neurons, synapses, SynOps per image, joules per image (SynOps proxy, 32-bit floats), bits of the artifact. `fit` has none: the least pruning that makes the network fit the target.',
            }),
          ),
        },
        closed,
      ),
    ),
    steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 4 })),
    samples: Type.Optional(Type.Integer({ minimum: 16, maximum: 100_000, default: 512 })),
    recoveryEpochs: Type.Optional(
      Type.Number({ minimum: 0, maximum: 10, description: 'Epochs of training after each pruning step.' }),
    ),
    labels: Type.Optional(
      Type.Enum(['true', 'sampled'], {
        default: 'true',
        description:
          'Labels that gradients are taken at: those of the data, or drawn from the network’s own answer.',
      }),
    ),
    normalization: Type.Optional(
      Type.Enum(['none', 'layer'], {
        default: 'none',
        description: '`layer`: scores are divided by the root of their sum of squares over the layer.',
      }),
    ),
    interactions: Type.Optional(
      Type.Boolean({
        description:
          '`fsc`, channels (default there: true, unless normalised by layer): what goes together is scored together, ½·E(Σ_k g_k)² over the channels k that go: those whose contributions cancel cost less than alone.',
      }),
    ),
    cost: Type.Optional(
      Type.Enum([...pruningCosts], {
        default: 'budget',
        description:
          'A unit’s score is divided by what its removal saves of this; `budget`: of what the budget counts (of `fraction` and `fit`: units).',
      }),
    ),
    floorUnits: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Of these no layer keeps fewer. Default: 4.',
      }),
    ),
    floorFraction: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'Of its units no layer keeps a smaller share. Default: 0.1 of channels and of neurons, 0.005 of synapses.',
      }),
    ),
    compensation: Type.Optional(
      Type.Enum(['none', 'least-squares'], {
        default: 'none',
        description:
          '`least-squares`: the weights that read a removed channel move to the kept ones, as these reproduce it best.',
      }),
    ),
  },
  closed,
);

export const TrainingRequest = Type.Object(
  {
    pretrainEpochs: Type.Optional(Epochs),
    catEpochs: Type.Optional(Epochs),
    finetuneEpochs: Type.Optional(Epochs),
    batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096, default: 128 })),
    learningRate: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10, default: 0.002 })),
    compressionLearningRateScale: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 10,
        default: 0.5,
        description:
          'Learning rate at the start of `cluster`, `prune` and `finetune`, as a share of `learningRate`.',
      }),
    ),
    optimizer: Type.Optional(Type.Enum(['adam', 'sgd'], { default: 'adam' })),
    momentum: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0.9 })),
    weightDecay: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 0 })),
    schedule: Type.Optional(Type.Enum(['cosine', 'constant'], { default: 'cosine' })),
    validationFraction: Type.Optional(Type.Number({ minimum: 0.01, maximum: 0.5, default: 0.1 })),
    augmentation: Type.Optional(
      Type.Enum([...augmentations], {
        description:
          'What each image undergoes before it is trained on: mirrored left to right with probability ½ (`flip`), cut out at random after padding by four pixels (`crop`), or both (`flip-crop`); for event data `jitter`: each event moves by up to one pixel and 10 ms. Default: that of the data set.',
      }),
    ),
    precision: Type.Optional(
      Type.Enum([...precisions], {
        default: 'fp32',
        description:
          '`mixed`: the gradients that flow back through a layer are products of numbers rounded to bfloat16, summed in fp32. Weights, moments, everything that the forward pass computes and the gradients of weights stay fp32. Faster where the CPU has AVX512-BF16. Backends other than `native` compute in fp32 either way.',
      }),
    ),
  },
  closed,
);

export const WebhookRequest = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2000, description: 'https only.' }),
    secret: Type.Optional(
      Type.String({
        maxLength: 200,
        writeOnly: true,
        description: '`whsec_…`; default: the secret of the tenant.',
      }),
    ),
    events: Type.Optional(Type.Array(EventType, { minItems: 1, maxItems: 20, uniqueItems: true })),
  },
  closed,
);

export const JobRequest = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    model: ModelRequest,
    dataset: DatasetRequest,
    target: Type.Union([TargetReference, OwnTarget], {
      description: 'A target of the catalogue by id, or a target of your own, which has a `name`.',
    }),
    method: Type.Optional(
      Type.Object(
        {
          quantization: Type.Optional(QuantizationRequest),
          pruning: Type.Optional(PruningRequest),
          composition: Type.Optional(
            Type.Enum([...compositions], {
              default: 'chained',
              description:
                '`chained`: codebooks first, then pruning, then fine-tuning. `joint`: levels, masks and weights are trained together, the pruning steps spread over `catEpochs`.',
            }),
          ),
        },
        closed,
      ),
    ),
    training: Type.Optional(TrainingRequest),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 1 })),
    priority: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100, default: 0, description: 'Higher runs first.' }),
    ),
    limits: Type.Optional(
      Type.Object(
        { maxRuntimeSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800, default: 3600 })) },
        closed,
      ),
    ),
    webhook: Type.Optional(WebhookRequest),
    metadata: Type.Optional(Metadata),
  },
  {
    $id: 'JobRequest',
    additionalProperties: false,
    description: 'One compression request: model, data set, target, method, seed.',
  },
);
export type JobRequest = Static<typeof JobRequest>;
export type WebhookRequest = Static<typeof WebhookRequest>;
