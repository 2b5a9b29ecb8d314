import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '@spikefit/local-services';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-persistent-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sends commands of the inline protocol and answers everything that comes back. */
function talk(url: string, ...commands: string[]): Promise<string> {
  const { hostname, port, password } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.end(`${[password ? `AUTH ${password}` : 'PING', ...commands, 'QUIT'].join('\r\n')}\r\n`);
  });
}

describe('startRedis', () => {
  test('throw-away: nothing on disk, no eviction, a password', async () => {
    await using server = await startRedis();
    const answer = await talk(
      server.url,
      'CONFIG GET appendonly',
      'CONFIG GET maxmemory-policy',
      'CONFIG GET bind',
    );
    expect(answer).toMatch(/appendonly\r\n\$2\r\nno\r\n/);
    expect(answer).toMatch(/maxmemory-policy\r\n\$10\r\nnoeviction\r\n/);
    expect(answer).toMatch(/bind\r\n\$9\r\n127\.0\.0\.1\r\n/);
    const stranger = new URL(server.url);
    stranger.password = '';
    expect(await talk(stranger.href, 'GET a')).toMatch(/NOAUTH/);
  });

  test('kept: what was written survives a restart', async () => {
    const first = await startRedis({ dataDir: folder });
    await talk(first.url, 'SET kept 7');
    await first.stop();
    await using second = await startRedis({ dataDir: folder });
    expect(await talk(second.url, 'GET kept')).toMatch(/\$1\r\n7\r\n/);
  });

  test('a program that is no Redis is reported with what it said', async () => {
    await expect(startRedis({ program: '/bin/ls' })).rejects.toMatchObject({
      code: 'service.unavailable',
      detail: expect.stringMatching(/redis (ended with code|was ended)/),
    });
  });
});
