import { CodedError } from '@spikefit/contracts';
import { processEnvironment } from '@spikefit/local-services';

/** How often the tests in `*faults.test.ts` repeat what they break: three times, or as `npm run test:faults` says. */
export function faultRounds(): number {
  const rounds = Number(processEnvironment.SPIKEFIT_FAULT_ROUNDS ?? 3);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new CodedError('config.invalid', 'SPIKEFIT_FAULT_ROUNDS must be a whole number above 0');
}
