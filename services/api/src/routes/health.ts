import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, type FieldError } from '@spikefit/contracts';
import { Type } from 'typebox';
import { remembered } from '../remembered.ts';
import { json, publicProblems } from '../schemas/answers.ts';

const Healthy = Type.Object({ status: Type.Literal('ok') });
const Ready = Type.Object({
  status: Type.Literal('ready'),
  parts: Type.Object({
    postgres: Type.Literal('ok'),
    redis: Type.Literal('ok'),
    objectStore: Type.Literal('ok'),
  }),
});

/** A part that does not answer in this time counts as missing. */
const patienceMs = 3000;
const rememberMs = 1000;

/** `/healthz`: the process runs. `/readyz`: everything behind it answers too. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { clock, database, queue, objectStore } = app.context;
  const parts = {
    postgres: () => database.ping(),
    redis: () => queue.ping(),
    objectStore: () => objectStore.check(),
  };

  const lookAt = async ([part, check]: [string, () => Promise<void>]): Promise<FieldError | undefined> => {
    const stop = new AbortController();
    try {
      await Promise.race([check(), clock.sleep(patienceMs, stop.signal).then(() => tooSlow(part))]);
      return undefined;
    } catch (err) {
      app.log.warn({ err, part }, 'a part is missing');
      return { pointer: part, detail: `${part} does not answer` };
    } finally {
      stop.abort();
    }
  };
  /** Everybody may ask, without a key: so the parts are looked at once in a while, and not as often as that. */
  const missingParts = remembered(
    async () => (await Promise.all(Object.entries(parts).map(lookAt))).filter((error) => error !== undefined),
    rememberMs,
    clock,
  );

  app.get(
    '/healthz',
    {
      logLevel: 'warn',
      config: { access: 'public', pressureHandler: () => {} },
      schema: {
        operationId: 'getHealth',
        summary: 'Is the process alive?',
        tags: ['operation'],
        response: { 200: json('The process answers.', Healthy), ...publicProblems() },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      logLevel: 'warn',
      config: { access: 'public' },
      schema: {
        operationId: 'getReadiness',
        summary: 'Can the service do its work now?',
        description:
          'Asks Postgres, Redis and the object store, at most once a second. `errors` names the parts that do not answer.',
        tags: ['operation'],
        response: { 200: json('Everything answers.', Ready), ...publicProblems('service.unavailable') },
      },
    },
    async () => {
      const errors = await missingParts();
      if (errors.length > 0) {
        const detail = errors.map(({ detail }) => detail).join('; ');
        throw new CodedError('service.unavailable', detail, { errors });
      }
      return { status: 'ready' as const, parts: { postgres: 'ok', redis: 'ok', objectStore: 'ok' } as const };
    },
  );
};
export default routes;

function tooSlow(part: string): never {
  throw new CodedError('service.unavailable', `${part} did not answer within ${patienceMs} ms`);
}
