/**
 * Loaded into the trainer's process before it (`node --import`): asks how long native kernels have run, times the messages,
 * and puts what it found into the trainer's last message, as `probe`. The trainer knows nothing of it.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import type { FromTrainer, Phase, ToTrainer } from '@spikefit/contracts';
import type { ProbeMark } from './probe-marks.ts';

const spent = { sending: 0, collecting: 0 };
const marks: ProbeMark[] = [];

const mark = (what: ProbeMark['what'], phase?: Phase): void => {
  marks.push({ what, phase, at: performance.now(), kernels: kernelMilliseconds(), ...spent });
};

let kernelMilliseconds = (): number => 0;

const openLibrary = process.dlopen.bind(process);
process.dlopen = (module: object, filename: string, ...rest: number[]) => {
  Reflect.apply(openLibrary, process, [module, filename, ...rest]);
  if (filename.endsWith('spikefit_native.node') && 'exports' in module)
    kernelMilliseconds = (module.exports as { kernelMilliseconds: () => number }).kernelMilliseconds;
};

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) spent.collecting += duration;
}).observe({ entryTypes: ['gc'] });

// A listener of its own would open the channel, and take the first message, before the trainer listens.
const emit = process.emit.bind(process);
const emitNoting = (...args: unknown[]): boolean => {
  const [name, message] = args as [string, ToTrainer | undefined];
  if (name === 'message' && message?.type === 'saved') mark('saved');
  return Reflect.apply(emit, process, args) as boolean;
};
process.emit = emitNoting as typeof process.emit;

const send = process.send?.bind(process);
if (send !== undefined) {
  process.send = (message: FromTrainer, ...rest: unknown[]): boolean => {
    note(message);
    const started = performance.now();
    const whole = message.type === 'done' ? { ...message, probe: marks } : message;
    const sent = Reflect.apply(send, process, [whole, ...rest]) as boolean;
    spent.sending += performance.now() - started;
    return sent;
  };
}

function note(message: FromTrainer): void {
  if (message.type === 'checkpoint') mark('checkpoint', message.checkpoint.phase);
  if (message.type === 'done') mark('done');
  if (message.type !== 'event') return;
  const { event, data } = message;
  if (event === 'phase.started' || event === 'phase.completed' || event === 'epoch.completed') {
    mark(event, data.phase as Phase);
  }
}
