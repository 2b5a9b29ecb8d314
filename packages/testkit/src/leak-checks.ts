/**
 * Vitest set-up file. A test fails when it leaves something open that it opened: a disposable of this package, a
 * tensor, a child process, a listening socket. What a whole file opens (in `beforeAll`) is checked at its end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@spikefit/contracts';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import './matchers.ts';
import { heldNow, heldSince } from './tracked.ts';

interface Mark {
  readonly held: ReturnType<typeof heldNow>;
  readonly tensors: number;
  readonly processes: number;
  readonly listeners: number;
}

let fileMark: Mark | undefined;
let testMark: Mark | undefined;

beforeAll(() => {
  fileMark = mark();
});

// Registered first, so it runs last: after the hooks of the file and of the test.
afterAll(() => check(fileMark, 'the test file'));

beforeEach(() => {
  testMark = mark();
});

afterEach(() => check(testMark, 'the test'));

function mark(): Mark {
  const { processes, listeners } = openHandles();
  return { held: heldNow(), tensors: openTensors(), processes, listeners };
}

async function check(since: Mark | undefined, who: string): Promise<void> {
  if (since === undefined) return;
  const leaks = await leaksAfterGrace(since);
  if (leaks.length > 0) throw new CodedError('internal.error', `${who} left open: ${leaks.join(', ')}`);
}

/** The end of a process or socket is reported a little after it was asked for. */
async function leaksAfterGrace(since: Mark): Promise<string[]> {
  for (let round = 0; ; round += 1) {
    const leaks = leaksSince(since);
    if (leaks.length === 0 || round >= 40) return leaks;
    await delay(25);
  }
}

function leaksSince(since: Mark): string[] {
  const now = mark();
  const counted = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
  return [
    ...heldSince(since.held),
    ...counted(now.tensors - since.tensors, 'tensors (use tidy, dispose)'),
    ...counted(now.processes - since.processes, 'child processes'),
    ...counted(now.listeners - since.listeners, 'listening sockets'),
  ];
}

/** Handles that would keep the process alive. */
function openHandles(): { processes: number; listeners: number } {
  const kinds = process.getActiveResourcesInfo();
  return {
    processes: kinds.filter((kind) => kind === 'ProcessWrap').length,
    listeners: kinds.filter((kind) => kind === 'TCPServerWrap').length,
  };
}

/** TensorFlow.js keeps its engine in a global; tests that never load it hold no tensors. */
function openTensors(): number {
  const { _tfengine: engine } = globalThis as { _tfengine?: { memory(): { numTensors: number } } };
  return engine?.memory().numTensors ?? 0;
}
