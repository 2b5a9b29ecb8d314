/**
 * `kill -9` of API and notifier, and a Redis that forgets everything, while jobs are sent and waiting: each accepted
 * job exists once, runs once, and its receiver hears of it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { findFreePort, type ManagedProcess } from '@spikefit/local-services';
import { randomStream } from '@spikefit/specification';
import { Webhook } from 'svix';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleReport } from '../sample-report.ts';
import { type Client, createClient } from './client.ts';
import { createReader, type Reader } from './reader.ts';
import { tinyRequest } from './reference.ts';
import { rounds, seed } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

const jobsPerRound = 12;

let stack: Stack;
let client: Client;
let reader: Reader;
let receiver: Server;
let hookUrl: string;
let api: ManagedProcess;
let notifier: ManagedProcess;
let scriptFolder: string;
/** Ids of events that the receiver was told of and whose signature holds, with their jobs. */
const heard = new Map<string, { type: string; jobId: string }>();
const startScripted = () => stack.startWorker({ SPIKEFIT_TEST_SCRIPT: scriptFolder }, 'scripted-worker');

beforeAll(async () => {
  stack = await startStack({ port: await findFreePort() });
  scriptFolder = path.join(stack.folder, 'script');
  await mkdir(scriptFolder);
  const steps = [{ do: 'checkpoint' }, { do: 'event' }, { do: 'done', report: sampleReport }];
  await writeFile(path.join(scriptFolder, 'script.json'), JSON.stringify(steps));
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const verifier = new Webhook(stack.webhookSecret);
    verifier.verify(body, request.headers as Record<string, string>);
    const { id, type, data } = JSON.parse(body);
    heard.set(id, { type, jobId: data.job.id });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  client = createClient(stack.url, stack.apiKey);
  reader = createReader(stack.application, stack.tenantId);
  [api, notifier] = await Promise.all([stack.startApi(), stack.startNotifier()]);
}, 120_000);

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  receiver?.closeAllConnections();
  await new Promise((resolve) => receiver?.close(resolve));
}, 60_000);

const request = () => ({ ...tinyRequest(seed), webhook: { url: hookUrl } });

async function expectAllDone(jobIds: readonly string[]): Promise<void> {
  for (const jobId of jobIds) {
    const job = await reader.untilEnded(jobId);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, interruptions: 0 });
    const events = await reader.events(jobId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(events.filter(({ type }) => type === 'job.succeeded')).toHaveLength(1);
    expect(await reader.artifacts(jobId)).toHaveLength(1);
    const last = events.at(-1)!;
    await until(async () => heard.has(last.id));
    expect(heard.get(last.id)).toEqual({ type: 'job.succeeded', jobId });
  }
}

it.each(Array.from({ length: rounds }, (_, index) => index))(
  'round %i: API and notifier are killed while jobs are sent',
  async (round) => {
    const worker = await startScripted();
    const before = new Set((await client.jobs()).map(({ id }) => id));
    const random = randomStream(seed, 'shuffle', 9001, round);
    const killing = (async () => {
      for (let kill = 0; kill < 4; kill += 1) {
        await delay(50 + 250 * random.uniform());
        if (kill % 2 === 0) {
          api.signal('SIGKILL');
          api = await stack.startApi();
        } else {
          notifier.signal('SIGKILL');
          notifier = await stack.startNotifier();
        }
      }
    })();
    const jobIds: string[] = [];
    for (let index = 0; index < jobsPerRound; index += 1) {
      jobIds.push((await client.submit(request(), `kill-${round}-${index}`)).id);
      await delay(60);
    }
    await killing;
    // What the client was told is what exists: nothing lost, nothing twice.
    const made = (await client.jobs()).map(({ id }) => id).filter((id) => !before.has(id));
    expect(made.sort()).toEqual([...jobIds].sort());
    await expectAllDone(jobIds);
    await worker.process.stop();
  },
  120_000,
);

it.each(Array.from({ length: rounds }, (_, index) => index))(
  'round %i: Redis forgets everything while jobs wait',
  async (round) => {
    const jobIds: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      jobIds.push((await client.submit(request(), `flush-${round}-${index}`)).id);
    }
    await stack.redis.flush();
    const worker = await startScripted();
    await delay(randomStream(seed, 'shuffle', 9002, round).uniform() * 300);
    await stack.redis.flush();
    await expectAllDone(jobIds);
    await worker.process.stop();
  },
  120_000,
);

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}
