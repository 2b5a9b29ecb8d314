/**
 * The process behind reaper.ts. It reads commands, one JSON object a line, from its standard input. The input ends
 * when the parent closes it or dies, by whatever means; then everything that is still registered is stopped and
 * removed. It runs in a session of its own and ignores the signals of the parent's terminal.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReaperCommand } from './reaper.ts';

const processes = new Map<number, NodeJS.Signals>();
const folders = new Set<string>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as ReaperCommand;
  if (command.kind === 'watch-process') processes.set(command.pid, command.signal);
  else if (command.kind === 'forget-process') processes.delete(command.pid);
  else if (command.kind === 'watch-folder') folders.add(command.folder);
  else folders.delete(command.folder);
}

for (const [pid, signal] of processes) send(pid, signal);
for (let waits = 0; waits < 60 && [...processes.keys()].some(isAlive); waits += 1) await delay(50);
for (const pid of processes.keys()) {
  send(-pid, 'SIGKILL');
  send(pid, 'SIGKILL');
}
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** An ended process that its new parent has not collected yet counts as ended. */
function isAlive(pid: number): boolean {
  if (!send(pid, 0)) return false;
  try {
    // "pid (name) state …"; the name may hold anything.
    return !/^\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*(?=\) )/s, ''));
  } catch {
    return true;
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
