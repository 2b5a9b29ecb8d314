import type { NativeAddon, NativeKernels } from '../addon/native-addon.ts';

/** Of calls whose arrays are kept; many times those of a training step. */
const mostHeld = 2048;

/** Kernels that run after the calls of them return, in order. */
export interface DeferredKernels extends NativeKernels {
  /** Waits until all of them have run: what they write is undefined before. Throws what one of them threw. */
  drain(): void;
}

/** The addon's deferred kernels, with the arrays of each call kept until it has run. */
export function deferKernels(addon: NativeAddon): DeferredKernels {
  let held: unknown[][] = [];
  const drain = (): void => {
    if (held.length === 0) return;
    try {
      addon.drain();
    } finally {
      held = [];
    }
  };
  const kernels = Object.entries(addon.deferred as unknown as Record<string, (...values: unknown[]) => void>);
  const keeping = kernels.map(([name, kernel]) => {
    const keep = (...values: unknown[]): void => {
      if (held.length === mostHeld) drain();
      held.push(values);
      kernel(...values);
    };
    return [name, keep];
  });
  return { ...(Object.fromEntries(keeping) as NativeKernels), drain };
}
