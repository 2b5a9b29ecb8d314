export { type PhasePlan, planPhases, totalSteps } from './plan.ts';
export type { JobInput, JobOutcome, TrainingPorts } from './ports.ts';
export { runJob } from './run-job.ts';
export { stateFormatVersion } from './state.ts';
