import { type Static, Type } from 'typebox';
import { augmentations } from './augmentation.ts';
import { precisions } from './compute.ts';
import {
  budgetKinds,
  codebookAssignments,
  codebookInitializations,
  compositions,
  gradientScales,
  pruningCosts,
  pruningUnits,
} from './job-request.ts';
import { Network } from './network.ts';
import { Nullable } from './scalars.ts';
import { Target } from './target.ts';

/** What a request means once every default is filled in; stored with the job and shown. */
export const ResolvedSpec = Type.Object(
  {
    specVersion: Type.Literal(1),
    network: Network,
    dataset: Type.Object({
      id: Type.String(),
      trainSamples: Type.Integer({ description: 'Includes the validation cut.' }),
      validationSamples: Type.Integer(),
      testSamples: Type.Integer(),
      classes: Type.Integer(),
    }),
    target: Target,
    quantization: Type.Object({
      technique: Type.String(),
      levels: Type.Integer(),
      bits: Type.Integer(),
      group: Type.Enum(['layer', 'channel', 'network']),
      initialization: Type.Enum([...codebookInitializations]),
      assignments: Type.Enum([...codebookAssignments]),
      codebookLearningRateScale: Type.Number(),
      pull: Type.Number(),
      gradientScale: Type.Enum([...gradientScales]),
      recenter: Type.Boolean(),
      pinZero: Type.Boolean(),
      temperature: Type.Number({
        description: 'Of soft assignments, in distances of the levels; 0: assignments are hard.',
      }),
      /** Share of the last training phase, at its end, in which assignments stay frozen. */
      freezeFraction: Type.Number(),
    }),
    pruning: Type.Object({
      technique: Type.String(),
      unit: Type.Enum([...pruningUnits]),
      budget: Type.Object({
        kind: Type.Enum([...budgetKinds]),
        value: Nullable(Type.Number({ description: 'Null for `fit`.' })),
      }),
      steps: Type.Integer(),
      samples: Type.Integer(),
      recoveryEpochs: Type.Number(),
      labels: Type.Enum(['true', 'sampled']),
      normalization: Type.Enum(['none', 'layer']),
      interactions: Type.Boolean(),
      cost: Type.Enum([...pruningCosts]),
      compensation: Type.Enum(['none', 'least-squares']),
      floorUnits: Type.Integer(),
      floorFraction: Type.Number(),
    }),
    composition: Type.Enum([...compositions]),
    training: Type.Object({
      pretrainEpochs: Type.Integer(),
      catEpochs: Type.Integer(),
      finetuneEpochs: Type.Integer(),
      batchSize: Type.Integer(),
      learningRate: Type.Number(),
      /** Peak of `cluster`, `prune` and `finetune`, as a share of `learningRate`. */
      compressionLearningRateScale: Type.Number(),
      optimizer: Type.Enum(['adam', 'sgd']),
      momentum: Type.Number(),
      weightDecay: Type.Number(),
      /** Share of a batch's statistics that enters the running ones. */
      batchNormMomentum: Type.Number(),
      schedule: Type.Enum(['cosine', 'constant']),
      validationFraction: Type.Number(),
      augmentation: Type.Enum([...augmentations]),
      precision: Type.Enum([...precisions]),
    }),
    seed: Type.Integer(),
    limits: Type.Object({ maxRuntimeSeconds: Type.Integer() }),
  },
  { $id: 'ResolvedSpec' },
);
export type ResolvedSpec = Omit<Static<typeof ResolvedSpec>, 'network'> & {
  network: import('./network.ts').Network;
};
