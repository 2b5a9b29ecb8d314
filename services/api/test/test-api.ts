/** The real app on real servers of its own, with a tenant and keys; for whole-service tests. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApiConfig } from '@spikefit/config';
import { encryptSecret } from '@spikefit/config';
import type { Scope } from '@spikefit/contracts';
import { scopes as allScopes } from '@spikefit/contracts';
import {
  type ApplicationDatabase,
  connectApplication,
  connectOwner,
  type OwnerDatabase,
} from '@spikefit/database';
import { type ObjectStore, openObjectStore } from '@spikefit/object-store';
import { createProducer } from '@spikefit/queue';
import { createLogger } from '@spikefit/telemetry';
import { type ThrowAwayDatabase, throwAwayDatabase, throwAwayRedis } from '@spikefit/testkit';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import pg from 'pg';
import { type App, type AppOptions, buildApp } from '../src/app.ts';
import { AnswerChecker } from './answer-checker.ts';

export const publicUrl = 'https://spikefit.example';
export const webhookSecretOfTenant = `whsec_${randomBytes(32).toString('base64')}`;

export interface TestApiOptions extends Partial<Omit<AppOptions, 'config'>> {
  readonly config?: Partial<ApiConfig>;
}

export interface Tenant {
  readonly id: string;
  /** A key with every scope. */
  readonly key: string;
}

export type Call = Omit<InjectOptions, 'method' | 'url'> & { key?: string | null };

type TestApiParts = Pick<
  TestApi,
  'app' | 'database' | 'owner' | 'objectStore' | 'urls' | 'tenant' | 'config' | 'log'
>;

export class TestApi implements AsyncDisposable {
  readonly app: App;
  readonly database: ApplicationDatabase;
  readonly owner: OwnerDatabase;
  readonly objectStore: ObjectStore;
  readonly urls: ThrowAwayDatabase;
  readonly tenant: Tenant;
  readonly config: ApiConfig;
  /** Every line that the app logged, at the lowest level. */
  readonly log: string[];
  readonly #opened: Cleanup;
  readonly #checker: AnswerChecker;
  readonly #superuser: pg.Client;
  #tables: string[] | undefined;

  private constructor(parts: TestApiParts, opened: Cleanup, superuser: pg.Client) {
    this.app = parts.app;
    this.database = parts.database;
    this.owner = parts.owner;
    this.objectStore = parts.objectStore;
    this.urls = parts.urls;
    this.tenant = parts.tenant;
    this.config = parts.config;
    this.log = parts.log;
    this.#opened = opened;
    this.#superuser = superuser;
    this.#checker = new AnswerChecker(parts.app);
  }

  static async open(options: TestApiOptions = {}): Promise<TestApi> {
    const opened = new Cleanup();
    try {
      const urls = opened.use(await throwAwayDatabase());
      const redis = opened.use(await throwAwayRedis());
      const superuser = new pg.Client({ connectionString: urls.adminUrl });
      await superuser.connect();
      opened.defer(() => superuser.end());
      const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-api-test-'));
      opened.defer(() => rm(folder, { recursive: true, force: true }));
      const database = opened.use(options.database ?? connectApplication({ url: urls.applicationUrl }));
      const owner = opened.use(connectOwner({ url: urls.ownerUrl }));
      const objectStore = opened.use(options.objectStore ?? openObjectStore(`file:${folder}`));
      const queue =
        options.queue ?? opened.use(createProducer({ redisUrl: redis.url, prefix: redis.prefix }));
      const log: string[] = [];
      const config: ApiConfig = {
        service: 'api',
        databaseUrl: urls.applicationUrl,
        redisUrl: redis.url,
        queuePrefix: redis.prefix,
        objectStore: { url: `file:${folder}`, credentials: null, region: 'us-east-1' },
        log: { level: 'trace' },
        metricsPort: null,
        host: '127.0.0.1',
        port: 0,
        publicUrl,
        secretKey: randomBytes(32),
        webhooks: { allowPrivateAddresses: false, allowHttp: false },
        maxBodyBytes: 65_536,
        ...options.config,
      };
      const app = await buildApp({
        logger: createLogger({ service: 'api', level: 'trace', write: (line) => log.push(line) }),
        resolveHost: async () => ['93.184.216.34'],
        rateLimits: { perKey: 100_000, refusedPerAddress: 100_000, windowSeconds: 60 },
        maxEventLoopDelayMs: 0,
        ...options,
        config,
        database,
        objectStore,
        queue,
      });
      opened.defer(() => app.close());
      const tenant = await makeTenant(owner, config.secretKey, 'first tenant');
      await app.ready();
      return new TestApi({ app, database, owner, objectStore, urls, tenant, config, log }, opened, superuser);
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends a request with the tenant's key (another one with `key`, none with `key: null`) and checks the answer's form. */
  async call(route: string, call: Call = {}): Promise<LightMyRequestResponse> {
    const [method = 'GET', url = '/'] = route.split(' ');
    const { key = this.tenant.key, headers, ...rest } = call;
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    const answer = await this.app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      headers: { ...authorization, ...headers },
      ...rest,
    });
    this.#checker.check(method, url, answer);
    return answer;
  }

  addTenant(name: string): Promise<Tenant> {
    return makeTenant(this.owner, this.config.secretKey, name);
  }

  async addKey(scopes: readonly Scope[], expiresAt: string | null = null): Promise<string> {
    const key = { tenantId: this.tenant.id, name: 'another key', scopes, expiresAt };
    return (await this.owner.createApiKey(key)).secret;
  }

  /** Runs SQL as a superuser. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.#superuser.query(text, values)).rows as Record<string, unknown>[];
  }

  /** How many rows each table has: equal before and after means that nothing was written. */
  async rowCounts(): Promise<Record<string, number>> {
    this.#tables ??= await this.tables();
    const counts = this.#tables.map(
      (table) => `SELECT '${table}' AS name, count(*)::int AS count FROM "${table}"`,
    );
    const rows = await this.sql(counts.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, count }) => [String(name), Number(count)]));
  }

  async tables(): Promise<string[]> {
    const rows = await this.sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
    return rows.map(({ tablename }) => String(tablename));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }
}

async function makeTenant(owner: OwnerDatabase, secretKey: Uint8Array, name: string): Promise<Tenant> {
  const encryptedWebhookSecret = encryptSecret(webhookSecretOfTenant, secretKey);
  const { id } = await owner.createTenant({ name, encryptedWebhookSecret });
  const { secret } = await owner.createApiKey({
    tenantId: id,
    name: 'first key',
    scopes: allScopes,
    expiresAt: null,
  });
  return { id, key: secret };
}

/** What to undo, last first. Node 20 has no AsyncDisposableStack. */
class Cleanup implements AsyncDisposable {
  readonly #undo: (() => unknown)[] = [];

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }
}
