import { assertExhaustive, toCodedError } from '@spikefit/contracts';
import type { Claim } from '@spikefit/database';
import type { Logger } from '@spikefit/telemetry';
import { consequenceOf, type Ending } from './ending.ts';
import type { Resources } from './resources.ts';
import { retrying } from './retrying.ts';

/** Tries to write an ending while Postgres is away, over a minute; then the reconciler takes the job back. */
const writeAttempts = 20;

/**
 * Writes down, in one transaction, what came of an attempt.
 * @returns the ending that was written; `lost` when another attempt has the job, or nothing could be written
 */
export async function conclude(
  resources: Resources,
  claim: Claim,
  ending: Ending,
  logger: Logger,
): Promise<Ending> {
  const { signal } = new AbortController();
  const options = { clock: resources.clock, logger, signal, attempts: writeAttempts };
  try {
    await retrying(() => write(resources, claim, ending), options);
    logger.info(describe(ending), 'attempt ended');
    return ending;
  } catch (error) {
    const { code, detail } = toCodedError(error);
    if (code === 'job.lease-lost') {
      logger.warn({ ending: ending.kind }, 'attempt ended, but its lease is lost: nothing was written');
      return { kind: 'lost' };
    }
    logger.error({ err: error, ending: ending.kind }, 'the end of the attempt could not be written');
    if (ending.kind !== 'done') return { kind: 'lost' };
    // A result that cannot be stored would fail the same way each time.
    return conclude(resources, claim, { kind: 'failed', code: 'internal.error', detail }, logger);
  }
}

async function write(resources: Resources, claim: Claim, ending: Ending): Promise<void> {
  const { attempts } = resources.database;
  switch (ending.kind) {
    case 'done':
      return attempts.succeed(claim.lease, { report: ending.report, artifacts: ending.artifacts });
    case 'released':
      await attempts.interrupt(claim.lease, { code: null, detail: ending.detail });
      return;
    case 'canceled':
      return attempts.finishCancel(claim.lease);
    case 'lost':
      return;
    case 'failed':
      return writeFailure(resources, claim, ending);
    default:
      return assertExhaustive(ending);
  }
}

async function writeFailure(
  resources: Resources,
  claim: Claim,
  ending: Extract<Ending, { kind: 'failed' }>,
): Promise<void> {
  const { attempts } = resources.database;
  const { code, detail } = ending;
  const consequence = consequenceOf(code);
  switch (consequence) {
    case 'fail':
      return attempts.fail(claim.lease, { code, detail });
    case 'retry-later':
      await attempts.retryLater(claim.lease, { code, detail });
      return;
    case 'interrupt':
      await attempts.interrupt(claim.lease, { code, detail });
      return;
    case 'nothing':
      return;
    default:
      return assertExhaustive(consequence);
  }
}

function describe(ending: Ending): Record<string, unknown> {
  return ending.kind === 'failed'
    ? { ending: ending.kind, code: ending.code, detail: ending.detail }
    : { ending: ending.kind };
}
