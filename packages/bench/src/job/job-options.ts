import { launcherWords, oneOf, parseOptions, wholeNumber } from '../command/options.ts';

/** The probe sees the kernels of `native`; with `cpu` everything is JavaScript. */
const jobBackends = ['native', 'cpu'] as const;

export interface JobOptions {
  readonly threads: number;
  readonly backend: (typeof jobBackends)[number];
  readonly quick: boolean;
  readonly services: boolean;
  readonly launcher: readonly string[];
}

export const jobHelp = `npm run bench -- job [options]

A whole job on Fashion-MNIST: 60 000 images, 32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10, batch 128, 4 epochs of training, 3 of
clustering, pruning of half the channels, 2 of fine-tuning, export, evaluation. It runs in the worker's own trainer
process, whose checkpoints are stored as the worker does; the time is split by phase and by what it was spent on.

  --backend NAME   ${jobBackends.join(', ')} (default: native)
  --threads N      (default: 2)
  --services       then once more through API, queue, Postgres and worker, all real and thrown away afterwards
  --quick          a twentieth of the images
  --launcher CMD   a command that starts the trainer, such as "taskset -c 0,1"
  --json FILE      writes all figures there
  --chart FILE     writes a bar chart there, as SVG
  --help           this`;

/** @throws UsageError */
export function parseJobOptions(args: readonly string[]): JobOptions {
  const values = parseOptions(args, {
    threads: { type: 'string', default: '2' },
    backend: { type: 'string', default: 'native' },
    quick: { type: 'boolean', default: false },
    services: { type: 'boolean', default: false },
    launcher: { type: 'string', default: '' },
  });
  return {
    threads: wholeNumber('threads', values.threads, 1, 256),
    backend: oneOf('backend', values.backend, jobBackends),
    quick: values.quick,
    services: values.services,
    launcher: launcherWords(values.launcher),
  };
}
