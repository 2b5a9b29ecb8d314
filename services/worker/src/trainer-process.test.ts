import { fork } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromTrainer, ToTrainer } from '@spikefit/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { processIsAlive } from './scratch.ts';
import { TrainerProcess } from './trainer-process.ts';

const scripted = fileURLToPath(new URL('../test/scripted-trainer.mjs', import.meta.url));
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spikefit-trainer-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function start(steps: object[], environment: Record<string, string> = {}): Promise<TrainerProcess> {
  await writeFile(path.join(directory, 'script.json'), JSON.stringify(steps));
  const trainer = new TrainerProcess({ path: scripted, environment });
  trainer.send({
    type: 'start',
    jobId: 'job_x',
    spec: { seed: 1 },
    datasetDirectory: directory,
    scratchDirectory: directory,
    resume: null,
  } as unknown as ToTrainer);
  return trainer;
}

async function read(trainer: TrainerProcess): Promise<FromTrainer['type'][]> {
  const types: FromTrainer['type'][] = [];
  for await (const message of trainer.messages()) types.push(message.type);
  return types;
}

describe('TrainerProcess', () => {
  it('hands out every message up to the end of the process', async () => {
    await using trainer = await start([...Array(50).fill({ do: 'event' }), { do: 'done' }]);
    expect(await read(trainer)).toEqual(['ready', ...Array(50).fill('event'), 'done']);
    expect(await trainer.exited).toMatchObject({ code: 0, signal: null });
  });

  it('gives the process no environment but the one named', async () => {
    await using trainer = await start(
      [
        { do: 'note', name: 'noted' },
        { do: 'exit', code: 0 },
      ],
      { LANG: 'C' },
    );
    await trainer.exited;
    const { environment } = JSON.parse(await readFile(path.join(directory, 'noted'), 'utf8'));
    expect(environment).toEqual({ LANG: 'C' });
  });

  it('is mute after a kill, also for messages that were waiting', async () => {
    await using trainer = await start([...Array(20).fill({ do: 'event' }), { do: 'note', name: 'sent' }]);
    await vi.waitFor(() => access(path.join(directory, 'sent')));
    const seen: string[] = [];
    for await (const message of trainer.messages()) {
      seen.push(message.type);
      if (message.type === 'event') trainer.kill();
    }
    expect(seen).toEqual(['ready', 'event']);
    expect(await trainer.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('reports signal, code and the end of the error output', async () => {
    await using killed = await start([{ do: 'kill', signal: 'SIGKILL' }]);
    expect(await read(killed)).toEqual(['ready']);
    expect(await killed.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    await using aborted = await start([{ do: 'abort', text: 'JavaScript heap out of memory' }]);
    await read(aborted);
    const exit = await aborted.exited;
    expect(exit.signal).toBe('SIGABRT');
    expect(exit.errorTail).toContain('heap out of memory');
  });

  it('ends as well when there is no such program', async () => {
    await using trainer = new TrainerProcess({ path: path.join(directory, 'missing.mjs'), environment: {} });
    expect(await read(trainer)).toEqual([]);
    expect((await trainer.exited).code).toBe(1);
  });

  it('dies with its worker, also when that is killed', async () => {
    const parentPath = path.join(directory, 'parent.mjs');
    await writeFile(
      parentPath,
      `import { fork } from 'node:child_process';
       const child = fork(${JSON.stringify(scripted)}, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
       process.send(child.pid);`,
    );
    const parent = fork(parentPath, [], { execArgv: [] });
    const [pid] = (await once(parent, 'message')) as [number];
    expect(processIsAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(processIsAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});
