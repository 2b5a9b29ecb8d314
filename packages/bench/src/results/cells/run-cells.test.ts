import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BenchError } from '../../command/bench-error.ts';
import { type AnyResult, asAnyResult, type ResultContext } from '../result-definition.ts';
import { CellStore, cellKey } from './cell-store.ts';
import { progressLine, runCells } from './run-cells.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-results-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cells = [1, 2, 3].map((seed) => ({ label: `seed ${seed}`, spec: { seed } }));

/** Doubles seeds; notes what it was asked to run, and ends badly before `failsAt`. */
const doubling = (asked: number[], failsAt?: number): AnyResult =>
  asAnyResult<{ seed: number }, number>({
    summary: 'twice the seed',
    cells: () => cells,
    run: async (missing, _context, keep) => {
      for (const cell of missing) {
        if (cell.spec.seed === failsAt) throw new BenchError('it broke', 'mend it');
        asked.push(cell.spec.seed);
        await keep(cell, 2 * cell.spec.seed, 1);
      }
    },
    report: () => ({ table: '', plot: '', figures: null }),
  });

async function run(definition: AnyResult, fresh = false) {
  const printed: string[] = [];
  const context = { print: (line: string) => printed.push(line) } as unknown as ResultContext;
  const store = await CellStore.open(folder);
  return { ...(await runCells({ definition, cells, store, context, fresh })), printed };
}

test('an interrupted command goes on where it was', async () => {
  const first = await run(doubling([], 2));
  expect(first.failure?.message).toBe('it broke');
  expect(first.finished.map(({ outcome }) => outcome)).toEqual([2]);
  const asked: number[] = [];
  const second = await run(doubling(asked));
  expect(asked).toEqual([2, 3]);
  expect(second.finished.map(({ outcome }) => outcome)).toEqual([2, 4, 6]);
  expect(second.printed[0]).toBe('1 of 3 cells are there already');
  expect(second.failure).toBeUndefined();
});

test('--fresh runs all of them again', async () => {
  await run(doubling([]));
  const asked: number[] = [];
  await run(doubling(asked), true);
  expect(asked).toEqual([1, 2, 3]);
});

test('a cell goes on with its draft, which is gone once the cell is kept, or all are run anew', async () => {
  const counting = (steps: number): AnyResult => ({
    ...doubling([]),
    cells: () => cells.slice(0, 1),
    run: async ([cell], _context, keep, drafts) => {
      let count = ((await drafts.read(cell!)) as number | undefined) ?? 0;
      for (let step = 0; step < steps; step++) await drafts.write(cell!, ++count);
      if (count < 3) throw new BenchError('interrupted', 'go on');
      await keep(cell!, count, 1);
    },
  });
  expect((await run(counting(2))).failure?.message).toBe('interrupted');
  expect((await run(counting(1))).finished[0]?.outcome).toBe(3);
  expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  expect((await run(counting(2), true)).failure?.message).toBe('interrupted');
  expect((await run(counting(4), true)).finished[0]?.outcome).toBe(4);
});

test('a defect is no failure of a cell', async () => {
  const broken = asAnyResult({ ...doubling([]), run: () => Promise.reject(new TypeError('a defect')) });
  await expect(run(broken)).rejects.toThrow(TypeError);
});

test('a cell is found by what it computes, and a file that was not finished is no cell', async () => {
  expect(cellKey({ a: 1, b: [2] })).toBe(cellKey({ b: [2], a: 1, name: 'x', metadata: { row: 'y' } }));
  expect(cellKey({ a: 1 })).not.toBe(cellKey({ a: 2 }));
  await writeFile(path.join(folder, `${cellKey({ seed: 1 })}.json.part`), '{"spec":');
  const store = await CellStore.open(folder);
  expect(store.find({ label: '', spec: { seed: 1 } })).toBeUndefined();
  await store.keep({ label: 'before', spec: { seed: 1, name: 'before' }, outcome: 5, seconds: 2 });
  expect(store.find({ label: 'now', spec: { seed: 1, name: 'now' } })).toEqual({
    label: 'now',
    spec: { seed: 1, name: 'now' },
    outcome: 5,
    seconds: 2,
  });
  expect(await readdir(folder)).toEqual([`${cellKey({ seed: 1 })}.json`]);
});

test("another result's cell is found, whatever its file is called, and replaced where it lies", async () => {
  const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
  await mkdir(other);
  const cell = { label: 'there', spec: { seed: 1, metadata: { result: 'other' } }, outcome: 5, seconds: 2 };
  await writeFile(path.join(other, 'older-name.json'), JSON.stringify(cell));
  const store = await CellStore.open(own, [own, other, path.join(folder, 'none')]);
  const here = { label: 'here', spec: { seed: 1, metadata: { result: 'own' } } };
  expect(store.find(here)).toEqual({ ...here, outcome: 5, seconds: 2 });
  await store.keep({ ...here, outcome: 6, seconds: 3 });
  await store.keep({ label: 'new', spec: { seed: 2 }, outcome: 7, seconds: 4 });
  expect(await readdir(other)).toEqual([`${cellKey({ seed: 1 })}.json`]);
  expect(await readdir(own)).toEqual([`${cellKey({ seed: 2 })}.json`]);
  expect((await CellStore.open(own, [other])).find(here)?.outcome).toBe(6);
});

test('progress says what is left', () => {
  expect(progressLine({ label: 'a', seconds: 90, done: 2, of: 4, elapsed: 100 })).toBe(
    '2/4  a  1.5 min, about 1.7 min to go',
  );
  expect(progressLine({ label: 'a', seconds: 30, done: 1, of: 1, elapsed: 31 })).toBe('1/1  a  30 s');
});
