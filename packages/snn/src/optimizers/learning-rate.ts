export interface LearningRateSchedule {
  readonly base: number;
  readonly schedule: 'cosine' | 'constant';
  /** 0 for the first step. */
  readonly step: number;
  readonly totalSteps: number;
}

/** The rate of one step; cosine falls from `base` at step 0 to 0 at `totalSteps` and stays there. */
export function learningRateAt({ base, schedule, step, totalSteps }: LearningRateSchedule): number {
  if (schedule === 'constant') return base;
  const fraction = totalSteps <= 0 ? 1 : Math.min(1, Math.max(0, step / totalSteps));
  return (base * (1 + Math.cos(Math.PI * fraction))) / 2;
}
