export {
  type CountOperationsInput,
  countOperations,
  type SynapticOperations,
} from './energy/count-operations.ts';
export { fanOutMap } from './energy/fan-out-map.ts';
export {
  floatStorage,
  memoryEnergyFigures,
  neuronUpdates,
  type WeightStorage,
} from './energy/memory-energy.ts';
export { operationKinds } from './energy/operation-kinds.ts';
export {
  horowitzPicojoules,
  type NumberFormat,
  synapticOperationsEnergy,
} from './energy/synaptic-operations-energy.ts';
export { targetEnergy } from './energy/target-energy.ts';
export { checkFit, fitAtFloors, fitOfNeurons, previewFit } from './fit/check-fit.ts';
export { type CountedDistinctValues, countDistinctValues } from './fit/distinct-values.ts';
export { assertFitIsDecidable, fitOf, unmetLimits } from './fit/fit-budget.ts';
export type { DistinctValues, FitQuantization, FitSubject } from './fit/subject.ts';
export { type IntegerNetwork, toIntegerNetwork } from './simulator/integer-network.ts';
export { type IntegerRun, runIntegerNetwork } from './simulator/run-integer-network.ts';
export { findTarget, listTargets } from './targets/catalogue.ts';
export { validateTarget } from './targets/validate-target.ts';
