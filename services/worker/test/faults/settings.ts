/** How many rounds, from which seed: `npm run test:faults -- --rounds N --seed S` sets them. */
const number = (text: string | undefined, fallback: number) =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : fallback;

export const rounds = number(process.env.SPIKEFIT_FAULT_ROUNDS, 1);
export const seed = number(process.env.SPIKEFIT_FAULT_SEED, 1);
