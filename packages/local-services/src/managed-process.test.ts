import { describe, expect, test } from 'vitest';
import { startProcess } from './managed-process.ts';

const never = { line: /this is never said/ };
const node = (program: string) => ({ name: 'program', command: process.execPath, args: ['-e', program] });

describe('startProcess', () => {
  test('a signal ends the wait and the process', async () => {
    const abort = new AbortController();
    let pid = 0;
    const starting = startProcess({
      ...node('console.log(process.pid); setInterval(() => {}, 1000)'),
      readyWhen: never,
      signal: abort.signal,
      onLine: (line) => {
        pid = Number(line);
        abort.abort(new Error('stopped by the user'));
      },
    });
    await expect(starting).rejects.toThrow('stopped by the user');
    expect(pid).toBeGreaterThan(1);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('a signal that was given before starts nothing; one that comes later changes nothing', async () => {
    const reason = new Error('stopped by the user');
    await expect(startProcess({ ...node(''), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    await using started = await startProcess({
      ...node('setInterval(() => {}, 1000); console.log("ready")'),
      readyWhen: { line: /ready/ },
      signal: abort.signal,
    });
    abort.abort(reason);
    expect(started.signal('SIGCONT')).toBe(true);
  });

  test('without the environment of its parent it has five variables at most', async () => {
    await using started = await startProcess({
      ...node('console.log(Object.keys(process.env).sort().join())'),
      inheritEnvironment: false,
      env: { GIVEN: '1' },
    });
    await started.exited;
    const names = started.lastLines()[0]?.split(',') ?? [];
    expect(names).toEqual(expect.arrayContaining(['GIVEN', 'PATH']));
    expect(
      names.filter((name) => !['GIVEN', 'PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CACHE_HOME'].includes(name)),
    ).toEqual([]);
  });
});
