// A trainer without arithmetic: it speaks the real protocol and does what the script in the data set's folder says.
// Tests put `script.json` there: a list of steps, see `steps` below.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pin = { backend: 'cpu', isa: 'scripted', precision: 'fp32', kernelRevision: 1, formatVersion: 1 };
const dieAtOnce = () => process.kill(process.pid, 'SIGKILL');
process.on('disconnect', dieAtOnce);
process.on('SIGTERM', () => {});

let start;
let isStopAsked = false;
const saved = new Set();
let wake = () => {};
process.on('message', (message) => {
  if (message.type === 'start') start = message;
  if (message.type === 'stop') isStopAsked = true;
  if (message.type === 'saved') saved.add(message.sequence);
  wake();
});
const until = async (condition) => {
  while (!condition()) {
    await new Promise((resolve) => {
      wake = resolve;
    });
  }
};

const send = (message) => new Promise((resolve) => process.send(message, undefined, undefined, resolve));
const last = async (message) => {
  process.off('disconnect', dieAtOnce);
  await send(message);
  process.exit(0);
};

if (process.argv[2] === '--probe') await last({ type: 'ready', pin, notice: null });

await until(() => start !== undefined);
const inScript = (name) => path.join(start.datasetDirectory, name);
const writeFileFor = (name, content) => {
  const bytes = Buffer.from(content);
  const file = path.join(start.scratchDirectory, name);
  writeFileSync(file, bytes);
  return { path: file, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
};
const resumed = start.resume === null ? null : readFileSync(start.resume.path, 'utf8');
let sequence = resumed === null ? 0 : Number(resumed.split(' ')[1]);

const checkpoint = async (step, changes = {}) => {
  sequence += 1;
  const file = { ...writeFileFor(`state-${sequence}`, `state ${sequence}`), ...changes };
  await send({
    type: 'checkpoint',
    checkpoint: {
      sequence,
      phase: step.phase ?? 'pretrain',
      epoch: sequence,
      step: 0,
      metrics: { loss: 1 / sequence },
      pin,
      codebooks: [{ layer: '0.conv', group: 0, levels: 2, codes: [-1, 1], delta: 0.5, counts: [3, 4] }],
      masks: [{ layer: '0.conv', unit: 'channel', shape: [8], kept: 7, bitmap: 'fw==' }],
      file,
      ...(step.pretrained && { pretrained: true }),
    },
  });
};

const steps = {
  event: (step) =>
    send({ type: 'event', event: step.event ?? 'epoch.completed', data: step.data ?? {}, replayed: false }),
  progress: (step) => send({ type: 'progress', phase: 'pretrain', fraction: step.fraction, etaSeconds: 1 }),
  checkpoint: async (step) => {
    await checkpoint(step);
    await until(() => saved.has(sequence));
  },
  /** A file that is not what its checksum says. */
  'damaged-checkpoint': (step) => checkpoint(step, { sha256: 'a'.repeat(64) }),
  /** A file of somebody else's. */
  'foreign-checkpoint': (step) => checkpoint(step, { path: '/etc/hostname' }),
  /** Tells the test that the trainer came to this point, and how. */
  note: async (step) => {
    writeFileSync(
      inScript(step.name),
      JSON.stringify({
        pid: process.pid,
        resumed,
        environment: process.env,
        scratch: start.scratchDirectory,
      }),
    );
  },
  /** Waits for the test. */
  'wait-for': async (step) => {
    while (!existsSync(inScript(step.name))) await delay(5);
  },
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  /** Works on until it is asked to stop, saves, and goes. */
  'until-stopped': async (step) => {
    const timer = setInterval(() => {}, 1000);
    await until(() => isStopAsked);
    clearInterval(timer);
    await checkpoint(step);
    await until(() => saved.has(sequence));
    await last({ type: 'stopped' });
  },
  kill: (step) => process.kill(process.pid, step.signal),
  abort: (step) => {
    process.stderr.write(`${step.text}\n`);
    process.abort();
  },
  exit: (step) => process.exit(step.code),
  fail: (step) => last({ type: 'failed', code: step.code, detail: step.detail ?? 'as the script says' }),
  done: (step) => {
    const file = writeFileFor('network.spikefit.safetensors', `artifact of seed ${start.spec.seed}`);
    return last({
      type: 'done',
      report: step.report ?? { formatVersion: 1, seed: start.spec.seed },
      artifacts: [
        {
          name: 'network.spikefit.safetensors',
          format: 'spikefit/1',
          mediaType: 'application/octet-stream',
          ...file,
        },
      ],
    });
  },
};

await send({ type: 'ready', pin, notice: null });
for (const step of JSON.parse(readFileSync(inScript('script.json'), 'utf8'))) await steps[step.do](step);
await steps.hang();
