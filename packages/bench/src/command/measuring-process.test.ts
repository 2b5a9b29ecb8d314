import { expect, test } from 'vitest';
import { BenchError } from './bench-error.ts';
import { measuringProcess } from './measuring-process.ts';

const program = (code: string) => ['-e', code];

test('reads the last line of output as JSON', async () => {
  const code = `console.log('loading'); console.error('warning'); console.log(JSON.stringify({ ms: [1.5] }))`;
  expect(await measuringProcess(process.execPath, program(code))).toEqual({ ms: [1.5] });
});

test('starts it with the launcher', async () => {
  const launcher = ['env', 'SPIKEFIT_TRIAL=7'];
  const code = 'console.log(process.env.SPIKEFIT_TRIAL)';
  expect(await measuringProcess(process.execPath, program(code), launcher)).toBe(7);
});

test('a failure carries what was said', async () => {
  const failing = measuringProcess(
    process.execPath,
    program(`console.error('no such net'); process.exit(3)`),
  );
  await expect(failing).rejects.toThrow(BenchError);
  await expect(failing).rejects.toThrow(/failed \(3\):\nno such net/);
  await expect(measuringProcess('/nowhere/python', [])).rejects.toThrow(/failed \(127\)/);
});
