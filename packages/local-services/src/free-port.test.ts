import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findFreePort, PortTaken, withFreePort } from './free-port.ts';

describe('withFreePort', () => {
  test('tries again with another port when the port was taken meanwhile', async () => {
    const ports: number[] = [];
    const answer = await withFreePort(async (port) => {
      ports.push(port);
      if (ports.length < 3) throw new PortTaken('taken');
      return port;
    });
    expect(ports).toHaveLength(3);
    expect(answer).toBe(ports[2]);
  });

  test('gives up after some attempts, and at once for another reason', async () => {
    let calls = 0;
    const always = async () => {
      calls += 1;
      throw new PortTaken('taken');
    };
    await expect(withFreePort(always, 4)).rejects.toThrow(/no free port after 4 attempts/);
    expect(calls).toBe(4);
    const other = new Error('out of memory');
    await expect(withFreePort(() => Promise.reject(other))).rejects.toBe(other);
  });

  test('the port can be listened on', async () => {
    const port = await findFreePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', resolve),
    );
    await new Promise((resolve) => server.close(resolve));
  });
});
