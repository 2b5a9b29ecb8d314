import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `scripts/setup.mjs` noted. */
export interface Installation {
  /** The compiled binding of tfjs-node, which finds TensorFlow's library beside it. */
  readonly binding: string;
  /** What the library was built for; one for GPUs computes on the CPU where it sees none. */
  readonly device: 'cpu' | 'gpu';
  readonly version: string;
}

export type TensorflowStatus =
  | ({ readonly available: true } & Installation)
  | { readonly available: false; readonly reason: string };

// Both src and dist lie one folder below the package.
const noted = fileURLToPath(new URL('../build/installation.json', import.meta.url));
const remedy = 'run `npm run setup:tensorflow` (with `-- --gpu` for CUDA)';

/** Whether TensorFlow is set up, or one line that says what is wrong and what to do. */
export function tensorflowStatus(): TensorflowStatus {
  if (!existsSync(noted)) return { available: false, reason: `TensorFlow is not set up: ${remedy}` };
  const installation = JSON.parse(readFileSync(noted, 'utf8')) as Installation;
  if (!existsSync(installation.binding)) {
    return { available: false, reason: `${installation.binding} is gone: ${remedy} again` };
  }
  return { available: true, ...installation };
}
