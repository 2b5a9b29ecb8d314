import { codebookSpeedCases } from './codebook-speed-cases.ts';
import { mapSpeedCases } from './map-speed-cases.ts';
import { productSpeedCases } from './product-speed-cases.ts';
import type { SpeedCase } from './speed-case.ts';

/** The case table's third mode: every kernel at sizes that networks have. */
export const allSpeedCases: readonly SpeedCase[] = [
  ...productSpeedCases,
  ...mapSpeedCases,
  ...codebookSpeedCases,
];
