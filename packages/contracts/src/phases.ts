import { Type } from 'typebox';

/** The phases of a job in their order; `cluster` is Clusterization-Aware Training, `prune` is FSC pruning. */
export const phases = ['prepare', 'pretrain', 'cluster', 'prune', 'finetune', 'export', 'evaluate'] as const;

export const Phase = Type.Enum([...phases], { description: 'A phase of a job, in order.' });
export type Phase = (typeof phases)[number];
