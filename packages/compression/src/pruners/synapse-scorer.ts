import type { ScoringInput } from './unit-scorer.ts';

/** By weight layer id, in the order of its weights. Synapses that are gone have some score too: it counts for nothing. */
export type SynapseScores = Readonly<Record<string, Float32Array>>;

/** How much every synapse of every weight layer matters: the least goes first. Never negative. */
export type SynapseScorer = (input: ScoringInput) => Promise<SynapseScores>;
