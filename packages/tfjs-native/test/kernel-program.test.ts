// A part of `npm run test:kernels` as a test: every kernel without Node under Valgrind, which watches the object files that
// ship, with the best instruction set that it can run here. The sanitizers want builds of their own, of minutes each.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkerNamed,
  planKernelChecks,
  programFor,
  recordCases,
  runKernelCheck,
} from '../scripts/lib/kernel-checks.mjs';

const timeout = 300_000;
const plan = await planKernelChecks({ only: ['memcheck'], best: true });
let folder: string;
let calls: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikefit-kernel-program-'));
  calls = join(folder, 'calls');
  await recordCases(calls);
}, timeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(plan)('$checker, $isa', ({ checker: name, isa, unavailable }) => {
  if (unavailable !== undefined) {
    it.skip(`SKIPPED: ${unavailable}`, () => {});
    return;
  }
  it('finds nothing in any call of the case table', { timeout }, async () => {
    const checker = checkerNamed(name);
    const result = await runKernelCheck(checker, isa, await programFor(checker, plan), calls);
    expect(result.failures).toEqual([]);
    expect(result.calls).toBeGreaterThan(300);
  });
});

describe('the program', () => {
  const available = plan.find(({ unavailable }) => unavailable === undefined);
  if (available === undefined) {
    it.skip('SKIPPED: no checker to build it for', () => {});
    return;
  }
  /** Runs it unwatched, on other calls. */
  async function failuresWith(damage: (file: Buffer) => void): Promise<string[]> {
    const [checker, file] = [checkerNamed(available!.checker), await readFile(calls)];
    damage(file);
    const damaged = join(folder, 'damaged');
    await writeFile(damaged, file);
    const program = await programFor(checker, plan);
    return (await runKernelCheck({ ...checker, runner: [], largest: 1e9 }, available!.isa, program, damaged))
      .failures;
  }

  it('tells a wrong result by kernel and case', { timeout }, async () => {
    // The file ends with the expected values of the last call.
    const failures = await failuresWith((file) => file.writeDoubleLE(12345, file.length - 8));
    expect(failures).toEqual(
      Array(2).fill(expect.stringMatching(/^\w+: .*\[\d+\] is .*, not 12345\.0+ within/)),
    );
  });

  it('wants a case for every kernel', { timeout }, async () => {
    const failures = await failuresWith((file) => file.writeUInt32LE(1, 8));
    expect(failures).toContain('batchNormTrain has no case in the case table');
    expect(failures.length).toBeGreaterThan(10);
  });
});
