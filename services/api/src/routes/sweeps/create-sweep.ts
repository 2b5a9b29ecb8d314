import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type JobRequest, SweepPreview, SweepRequest, SweepSummary, sweepLimits } from '@spikefit/contracts';
import { readAxes } from '@spikefit/sweeps';
import { Type } from 'typebox';
import { estimateWork } from '../../jobs/estimate.ts';
import { idempotencyKey, sha256OfJson, withoutSecrets } from '../../jobs/judge-request.ts';
import { checkWebhook } from '../../jobs/webhook-check.ts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { sweepExamples } from '../../schemas/sweep-examples.ts';
import { type JudgedSweep, judgeCells } from '../../sweeps/judge-sweep.ts';
import { sweepPath, toSweepSummary } from '../../sweeps/sweep-resource.ts';

const schema = {
  operationId: 'createSweep',
  summary: 'Submit a sweep',
  description:
    'One job for each combination of the values in `grid` and the `seeds`. All are judged before anything is created: ' +
    'when any cell is no valid job, the answer lists every problem once, with the cells that have it, and nothing is ' +
    `created. A sweep has at most ${sweepLimits.cells} cells. Its webhook hears of every job of it.\n\n` +
    'With `validateOnly=true` nothing is stored: the answer is the number of cells and an estimate of their time.',
  tags: ['sweeps'],
  querystring: Type.Object(
    {
      validateOnly: Type.Optional(
        Type.Boolean({ default: false, description: 'Judge the request and stop there.' }),
      ),
    },
    { additionalProperties: false },
  ),
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        description:
          'Any text of 1 to 255 printable characters, new for each sweep. The same key with the same body within 24 ' +
          'hours gets the answer of the first request, and no second sweep.',
      }),
    ),
  }),
  body: SweepRequest,
  'x-body-examples': sweepExamples,
  response: {
    200: json('The preview, with `validateOnly=true`.', SweepPreview),
    201: json('The sweep, whose jobs now wait for a worker.', SweepSummary, {
      headers: {
        Location: { type: 'string', description: 'URL of the sweep.' },
        'Idempotency-Replayed': {
          type: 'string',
          description: '`true` when the sweep was made by an earlier request.',
        },
      },
    }),
    ...problems(
      'request.not-json',
      'request.invalid',
      'request.unknown-field',
      'request.too-large',
      'request.unsupported-media-type',
      'idempotency.key-invalid',
      'idempotency.body-differs',
      'idempotency.in-progress',
      'sweep.grid-invalid',
      'sweep.too-large',
      'sweep.cells-invalid',
      'webhook.url-refused',
      'webhook.secret-invalid',
    ),
  },
} as const;

/** `POST /v1/sweeps`: schema → stored answer, if there is one → axes → every cell → webhook check → one transaction. */
const route: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.post('/sweeps', { config: { access: 'jobs:write' }, schema }, async (request, reply) => {
    const { body } = request;
    const tenantId = tenantOf(request);
    const key = idempotencyKey(request.headers['idempotency-key']);
    const answer = (sweep: SweepSummary, kind: 'created' | 'replayed') => {
      if (kind === 'replayed') reply.header('idempotency-replayed', 'true');
      request.log.info({ sweepId: sweep.id, cells: sweep.cells }, `sweep ${kind}`);
      return reply
        .code(201)
        .header('location', `${config.publicUrl}${sweepPath(sweep.id)}`)
        .send(sweep);
    };

    const scope =
      key === undefined
        ? undefined
        : { route: 'POST /v1/sweeps', key, bodyHash: sha256OfJson(withoutSecrets(body)) };
    if (scope && !request.query.validateOnly) {
      const stored = await database.sweeps.storedAnswer({ tenantId, ...scope });
      if (stored !== null) return answer(stored.body as SweepSummary, 'replayed');
    }
    const judged = await judgeCells(body.base, readAxes(body));
    const webhook = body.webhook && (await checkWebhook(body.webhook, app.context));
    if (request.query.validateOnly) return reply.code(200).send(preview(judged));

    const outcome = await database.sweeps.create({
      tenantId,
      name: body.name ?? null,
      base: body.base,
      axes: judged.axes,
      priority: body.priority ?? 0,
      metadata: body.metadata ?? {},
      webhook,
      jobs: judged.cells.map((cell, index) => ({
        ...jobRequest(body, cell.request, index),
        resolved: cell.resolved,
        modelSha256: sha256OfJson(cell.resolved.network),
      })),
      idempotency: scope && {
        ...scope,
        answer: (sweep) => ({ statusCode: 201, body: toSweepSummary(sweep, config.publicUrl) }),
      },
    });
    return outcome.kind === 'created'
      ? answer(toSweepSummary(outcome.sweep, config.publicUrl), 'created')
      : answer(outcome.answer.body as SweepSummary, 'replayed');
  });
};
export default route;

/** The request that would make the cell's job alone, but for its webhook. */
function jobRequest(
  { name, priority, metadata }: SweepRequest,
  cell: JobRequest,
  index: number,
): { name: string | null; requested: JobRequest } {
  const own = name === undefined ? undefined : `${name} · ${index}`;
  const requested = {
    ...(own !== undefined && { name: own }),
    ...cell,
    ...(priority !== undefined && { priority }),
    ...(metadata !== undefined && { metadata }),
  };
  return { name: own ?? null, requested };
}

const preview = ({ cells }: JudgedSweep): SweepPreview => ({
  cells: cells.length,
  estimate: { seconds: cells.reduce((sum, { resolved }) => sum + estimateWork(resolved).seconds, 0) },
});
