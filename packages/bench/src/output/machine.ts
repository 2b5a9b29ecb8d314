import { cpus } from 'node:os';

/** What figures were measured on. */
export interface Machine {
  readonly cpu: string;
  /** Version of Node. */
  readonly node: string;
}

export const thisMachine = (): Machine => ({ cpu: cpus()[0]?.model ?? 'unknown', node: process.version });
