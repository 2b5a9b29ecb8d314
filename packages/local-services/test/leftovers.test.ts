import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const parent = fileURLToPath(new URL('fixtures/parent.mjs', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-leftovers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a process that ends without stopping its servers', () => {
  test.each(['exit', 'throw', 'SIGKILL'])('by %s leaves neither processes nor files', async (ending) => {
    const { pids } = await runParent(ending);
    expect(pids).toHaveLength(2);
    await vi.waitFor(
      async () => {
        expect(pids.filter(isAlive)).toEqual([]);
        expect(await readdir(folder)).toEqual([]);
      },
      { timeout: 10_000, interval: 50 },
    );
  });
});

function runParent(ending: string): Promise<{ pids: number[] }> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [parent, ending],
      { env: { ...process.env, TMPDIR: folder } },
      (error, stdout, stderr) => {
        const line = stdout.split('\n').find((text) => text.startsWith('{'));
        if (line === undefined) reject(new Error(`the parent did not start: ${stderr}`, { cause: error }));
        else resolve(JSON.parse(line) as { pids: number[] });
      },
    );
  });
}

/** Zombies that nobody collects yet do not count: they hold nothing. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
