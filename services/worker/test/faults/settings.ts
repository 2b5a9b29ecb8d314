/** How many rounds, from which seed: `npm run test:faults -- --rounds N --seed S` sets them. */
const number = (text: string | undefined, fallback: number) =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : fallback;

export const rounds = number(process.env.SPIKEFIT_FAULT_ROUNDS, 3);
export const seed = number(process.env.SPIKEFIT_FAULT_SEED, 1);

const asked = process.env.SPIKEFIT_FAULT_ROUNDS !== undefined;
/** A frozen worker is waited for, lease after lease: without a number of rounds two are enough. */
export const frozenRounds = asked ? rounds : 2;
