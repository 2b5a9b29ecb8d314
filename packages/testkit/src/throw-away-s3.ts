import { type LocalS3, startS3 } from '@spikefit/local-services';
import type { TestContext } from 'vitest';
import { announceSkip, skipAloud } from './skip.ts';
import { tracked } from './tracked.ts';

/** An S3 server of one's own with one empty bucket; where there is none, the test of `context` is skipped aloud. */
export function throwAwayS3(context: Pick<TestContext, 'skip'>): Promise<LocalS3>;
/** … or undefined, after saying why. */
export function throwAwayS3(): Promise<LocalS3 | undefined>;
export async function throwAwayS3(context?: Pick<TestContext, 'skip'>): Promise<LocalS3 | undefined> {
  // Never built here: that takes minutes, and `npm test` does it beforehand, visibly.
  const server = await startS3({ build: false });
  if (!('unavailable' in server)) return tracked('s3 server', server);
  if (context !== undefined) skipAloud(context, server.unavailable);
  announceSkip(server.unavailable);
  return undefined;
}
