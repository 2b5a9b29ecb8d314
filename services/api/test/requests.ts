import type { JobRequest } from '@spikefit/contracts';

/** A request that needs nothing from outside and is cheap to judge. */
export const goodRequest = {
  name: 'small',
  model: { architecture: '8C3-BN-LIF-MP2-16C3-BN-LIF-MP2-FC10', timeSteps: 2 },
  dataset: { id: 'fashion-mnist', trainSamples: 1000, testSamples: 200 },
  target: { id: 'loihi' },
  metadata: { paper: 'table 2' },
} as const satisfies JobRequest;

/** A deep copy with the value at a JSON pointer replaced; undefined removes it. */
export function withValue(
  pointer: string,
  value: unknown,
  base: object = goodRequest,
): Record<string, unknown> {
  const copy = structuredClone(base) as Record<string, unknown>;
  const path = pointer.split('/').slice(1);
  const last = path.pop() ?? '';
  let at = copy;
  for (const name of path) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
