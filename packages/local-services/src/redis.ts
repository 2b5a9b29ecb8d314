import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '@spikefit/contracts';
import { PortTaken, withFreePort } from './free-port.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { redisProgram } from './redis-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface RedisOptions {
  /** An existing server's URL: nothing is started, and `stop` does nothing. */
  readonly url?: string | undefined;
  /** Keep an append-only file here; without it everything is in memory and thrown away. */
  readonly dataDir?: string | undefined;
  /** Which server program to run; the default is found or fetched. */
  readonly program?: string;
  readonly logFile?: string;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

export interface LocalRedis extends AsyncDisposable {
  readonly url: string;
  /** The server's process; undefined when it was given by URL. */
  readonly process: ManagedProcess | undefined;
  stop(): Promise<void>;
}

/**
 * Starts Redis on a free loopback port with a random password, or takes the server that is given. Never evicts.
 * @throws CodedError `service.unavailable`, with what to install; the reason of `signal`
 */
export async function startRedis(options: RedisOptions = {}): Promise<LocalRedis> {
  if (options.url) {
    const stop = async () => {};
    return { url: options.url, process: undefined, stop, [Symbol.asyncDispose]: stop };
  }
  const program = options.program ?? (await redisProgram());
  const throwAway = options.dataDir === undefined ? await temporaryFolder('redis') : undefined;
  const folder = path.resolve(throwAway?.path ?? options.dataDir ?? '');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const password = randomBytes(24).toString('hex');
    const { managed, port } = await withFreePort(async (free) => ({
      managed: await startServer(program, folder, free, password, options),
      port: free,
    }));
    const stop = async () => {
      await managed.stop();
      await throwAway?.remove();
    };
    return {
      url: `redis://:${password}@127.0.0.1:${port}/0`,
      process: managed,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await throwAway?.remove();
    throw error;
  }
}

async function startServer(
  program: string,
  folder: string,
  port: number,
  password: string,
  { dataDir, logFile, signal }: RedisOptions,
): Promise<ManagedProcess> {
  const configuration = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${folder}"`,
    'daemonize no',
    'databases 16',
    'save ""',
    `appendonly ${dataDir === undefined ? 'no' : 'yes'}`,
    'maxmemory-policy noeviction',
  ];
  try {
    return await startProcess({
      name: 'redis',
      command: program,
      // The configuration comes over standard input, so that the password is in no list of processes.
      args: ['-'],
      input: `${configuration.join('\n')}\n`,
      cwd: folder,
      signal,
      readyWhen: { line: /ready to accept connections/i },
      ...(logFile === undefined ? {} : { logFile }),
    });
  } catch (error) {
    if (error instanceof CodedError && /Address already in use/.test(error.detail)) {
      throw new PortTaken(error.message, { cause: error });
    }
    throw error;
  }
}
