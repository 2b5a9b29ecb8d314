import { createServer } from 'node:net';
import { CodedError } from '@spikefit/contracts';

/** Thrown (as `cause`) by a start attempt that lost its port to another process. */
export class PortTaken extends Error {}

/**
 * Calls `attempt` with a loopback port that was free a moment ago, and again with another one while it throws
 * `PortTaken`: between finding a port and the server's own bind, anybody may take it.
 */
export async function withFreePort<Result>(
  attempt: (port: number) => Promise<Result>,
  attempts = 6,
): Promise<Result> {
  for (let round = 1; ; round += 1) {
    const port = await findFreePort();
    try {
      return await attempt(port);
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      if (round >= attempts) {
        throw new CodedError('service.unavailable', `no free port after ${attempts} attempts`, {
          cause: error,
        });
      }
    }
  }
}

/** A port that nobody listens on right now, on 127.0.0.1. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new CodedError('internal.error', 'a listening socket has no port'));
      });
    });
  });
}
