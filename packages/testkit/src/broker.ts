/**
 * One Postgres and one Redis per test run, started when the first test asks. They live in vitest's main process; test
 * files run in others and ask over loopback HTTP.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodedError, toCodedError } from '@spikefit/contracts';
import {
  type LocalPostgres,
  type LocalRedis,
  processEnvironment,
  startPostgres,
  startRedis,
} from '@spikefit/local-services';
import { makeTemplate, type Template } from './template-database.ts';

/** What the main process tells the test files; serialisable. */
export interface BrokerAddress {
  readonly url: string;
  readonly token: string;
}

export interface SharedDatabaseServer {
  /** Of a role that may do everything. */
  readonly adminUrl: string;
  /** A migrated database to clone. */
  readonly template: Template;
}

export interface SharedRedis {
  readonly url: string;
}

export class Broker {
  readonly #token = randomBytes(16).toString('hex');
  #server: Server | undefined;
  #postgres: Promise<LocalPostgres> | undefined;
  #template: Promise<SharedDatabaseServer> | undefined;
  #redis: Promise<LocalRedis> | undefined;
  #dropTemplate: (() => Promise<void>) | undefined;

  async start(): Promise<BrokerAddress> {
    const server = createServer((request, response) => {
      void this.#answer(request.url ?? '', request.headers.authorization).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        response.end(JSON.stringify(body));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, token: this.#token };
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
    await this.#template?.catch(() => {});
    await this.#dropTemplate?.();
    const started = await Promise.allSettled([this.#postgres, this.#redis]);
    for (const result of started) if (result.status === 'fulfilled') await result.value?.stop();
  }

  async #answer(
    route: string,
    authorization: string | undefined,
  ): Promise<{ status: number; body: unknown }> {
    if (authorization !== `Bearer ${this.#token}`) return { status: 401, body: {} };
    try {
      if (route === '/postgres') return { status: 200, body: await this.#sharedDatabase() };
      if (route === '/redis') return { status: 200, body: await this.#sharedRedis() };
      return { status: 404, body: {} };
    } catch (error) {
      return { status: 500, body: { detail: toCodedError(error).message } };
    }
  }

  #sharedDatabase(): Promise<SharedDatabaseServer> {
    this.#postgres ??= startPostgres({ url: processEnvironment.DATABASE_URL });
    this.#template ??= this.#postgres.then(async ({ url }) => {
      const { template, drop } = await makeTemplate(url);
      this.#dropTemplate = drop;
      return { adminUrl: url, template };
    });
    return this.#template;
  }

  async #sharedRedis(): Promise<SharedRedis> {
    this.#redis ??= startRedis({ url: processEnvironment.REDIS_URL });
    return { url: (await this.#redis).url };
  }
}

/** Asks the main process, from a test file. */
export async function askBroker<Answer>(
  address: BrokerAddress,
  route: '/postgres' | '/redis',
): Promise<Answer> {
  const response = await fetch(new URL(route, address.url), {
    headers: { authorization: `Bearer ${address.token}` },
  });
  const body = (await response.json()) as Answer & { detail?: string };
  if (!response.ok)
    throw new CodedError('service.unavailable', body.detail ?? `${route} answered ${response.status}`);
  return body;
}
