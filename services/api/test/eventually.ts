import { expect } from 'vitest';

/** `expect.poll` with the patience that a busy machine needs. */
export const eventually: typeof expect.poll = (look, options) =>
  expect.poll(look, { timeout: 20_000, ...options });
