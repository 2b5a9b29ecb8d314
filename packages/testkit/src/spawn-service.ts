import { type ManagedProcess, type ProcessOptions, startProcess } from '@spikefit/local-services';
import { hold } from './tracked.ts';

export interface SpawnOptions extends Omit<ProcessOptions, 'command' | 'args' | 'inheritEnvironment'> {
  /** A compiled module, run by this Node. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly nodeArguments?: readonly string[];
}

/**
 * Runs a Node program as a process of its own that can be killed, frozen and stopped. It inherits nothing of the
 * environment but PATH, HOME, TMPDIR, LANG and XDG_CACHE_HOME, so that a test says all that matters.
 */
export async function spawnService(options: SpawnOptions): Promise<ManagedProcess> {
  const { entry, args = [], nodeArguments = [], ...rest } = options;
  const started = await startProcess({
    ...rest,
    command: process.execPath,
    args: [...nodeArguments, entry, ...args],
    inheritEnvironment: false,
  });
  // A process that was killed, or died, is held no longer.
  const release = hold(`process ${options.name}`);
  void started.exited.then(release);
  return started;
}
