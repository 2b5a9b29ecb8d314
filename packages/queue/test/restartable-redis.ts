/** A Redis with a fixed port and an append-only file, to be killed and started again. */
import { findFreePort, redisProgram, startProcess, temporaryFolder } from '@spikefit/local-services';
import { hold } from '@spikefit/testkit';

export interface RestartableRedis extends AsyncDisposable {
  url: string;
  /** As a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it from answering, with its connections open. */
  freeze(): void;
  thaw(): void;
}

export async function restartableRedis(): Promise<RestartableRedis> {
  const release = hold('restartable redis');
  const program = await redisProgram();
  const folder = await temporaryFolder('redis-restart');
  const port = await findFreePort();
  const launch = () =>
    startProcess({
      name: 'redis',
      command: program,
      args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path, '--appendonly', 'yes'],
      cwd: folder.path,
      readyWhen: { line: /ready to accept connections/i },
    });
  let server = await launch();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    kill: async () => {
      server.signalTree('SIGKILL');
      await server.exited;
    },
    start: async () => {
      server = await launch();
    },
    freeze: () => void server.signal('SIGSTOP'),
    thaw: () => void server.signal('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await folder.remove();
      release();
    },
  };
}
