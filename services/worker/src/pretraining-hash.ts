import { createHash } from 'node:crypto';
import type { ComputePin, ResolvedSpec } from '@spikefit/contracts';
import { canonicalJson, pretrainingIdentity } from '@spikefit/specification';

/** Names the dense network of a job: equal hashes mean equal bits at the end of `pretrain`. */
export const pretrainingHash = (spec: ResolvedSpec, pin: ComputePin): string =>
  createHash('sha256')
    .update(canonicalJson(pretrainingIdentity(spec, pin)))
    .digest('hex');
