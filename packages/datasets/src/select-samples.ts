import { CodedError } from '@spikefit/contracts';
import { randomStream, validationCount } from '@spikefit/specification';
import { stratifiedQuotas } from './stratified-quotas.ts';

export interface SelectSamplesRequest {
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly count: number;
  readonly seed: number;
  /** The random stream that chooses; there is one. */
  readonly purpose?: 'subset';
  readonly which: 'train' | 'test';
}

/**
 * Chooses `count` samples by the seed, each class in proportion to its size and, where `count` allows, at least once.
 * Answers ascending positions in `labels`. Throws `spec.dataset-too-small` when there are fewer than `count`.
 */
export function selectSamples({
  labels,
  classes,
  count,
  seed,
  purpose = 'subset',
  which,
}: SelectSamplesRequest): Int32Array {
  if (!Number.isInteger(count) || count < 0 || count > labels.length) {
    throw new CodedError(
      'spec.dataset-too-small',
      `${count} ${which} samples were asked for, and there are ${labels.length}`,
    );
  }
  const byClass = groupByClass(labels, Int32Array.from(labels.keys()), classes);
  const sizes = byClass.map(({ length }) => length);
  const present = sizes.map((size) => Math.min(size, 1));
  const everyClass = count >= present.reduce((a, b) => a + b, 0);
  const quotas = stratifiedQuotas(sizes, count, everyClass ? present : sizes.map(() => 0), sizes);
  const half = which === 'train' ? 0 : 1;
  return ascending(
    byClass.flatMap((members, c) =>
      randomStream(seed, purpose, half, c).shuffle(members).slice(0, quotas[c]),
    ),
  );
}

export interface SplitValidationRequest {
  readonly labels: Uint8Array;
  /** The chosen training samples. */
  readonly indices: Int32Array;
  readonly fraction: number;
  readonly classes: number;
  readonly seed: number;
}

/**
 * Cuts a validation split off the training samples by the seed, each class in proportion to its size; every class keeps
 * at least one sample for training. Both parts ascend. Throws `spec.training-invalid` when there are too few samples.
 */
export function splitValidation(request: SplitValidationRequest): {
  train: Int32Array;
  validation: Int32Array;
} {
  const { labels, indices, fraction, classes, seed } = request;
  const byClass = groupByClass(labels, indices, classes);
  const sizes = byClass.map(({ length }) => length);
  const most = sizes.map((size) => Math.max(0, size - 1));
  const count = validationCount(indices.length, fraction);
  if (count > most.reduce((a, b) => a + b, 0)) {
    const detail = `${indices.length} training samples are too few to cut ${count} for validation and keep one of each class`;
    throw new CodedError('spec.training-invalid', detail);
  }
  const quotas = stratifiedQuotas(
    sizes,
    count,
    sizes.map(() => 0),
    most,
  );
  const train: number[] = [];
  const validation: number[] = [];
  for (const [c, members] of byClass.entries()) {
    randomStream(seed, 'split', c).shuffle(members);
    const cut = quotas[c]!;
    for (const [i, member] of members.entries()) (i < cut ? validation : train).push(member);
  }
  return { train: ascending(train), validation: ascending(validation) };
}

function groupByClass(labels: Uint8Array, indices: Int32Array, classes: number): number[][] {
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (const index of indices) {
    const members = byClass[labels[index] ?? -1];
    if (members === undefined) {
      throw new CodedError('internal.error', `sample ${index} has no label below ${classes}`);
    }
    members.push(index);
  }
  return byClass;
}

const ascending = (values: readonly number[]): Int32Array => Int32Array.from(values).sort();
