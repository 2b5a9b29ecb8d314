import type { TestContext } from 'vitest';

/** Skips the running test aloud. Never returns. */
export function skipAloud(context: Pick<TestContext, 'skip'>, reason: string): never {
  announceSkip(reason);
  return context.skip(reason);
}

const announced = new Set<string>();

/** Says a reason once per test file. */
export function announceSkip(reason: string): void {
  if (announced.has(reason)) return;
  announced.add(reason);
  process.stderr.write(`skipped: ${reason}\n`);
}
