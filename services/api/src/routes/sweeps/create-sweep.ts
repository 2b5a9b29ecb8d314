import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  defaultSweepWebhookEvents,
  type JobRequest,
  SweepPreview,
  SweepRequest,
  SweepSummary,
  sweepLimits,
} from '@spikefit/contracts';
import { readAxes } from '@spikefit/sweeps';
import { type Created, createOnce } from '../../jobs/create-once.ts';
import { estimateWork } from '../../jobs/estimate.ts';
import { sha256OfJson } from '../../jobs/judge-request.ts';
import { json, problems } from '../../schemas/answers.ts';
import { createdAnswer, creationCodes, creationHeaders, creationQuery } from '../../schemas/creation.ts';
import { sweepExamples } from '../../schemas/sweep-examples.ts';
import { type JudgedSweep, judgeCells } from '../../sweeps/judge-sweep.ts';
import { sweepPath, toSweepSummary } from '../../sweeps/sweep-resource.ts';

const schema = {
  operationId: 'createSweep',
  summary: 'Submit a sweep',
  description:
    'One job for each combination of the values in `grid` and the `seeds`. All are judged before anything is created: ' +
    'when any cell is no valid job, the answer lists every problem once, with the cells that have it, and nothing is ' +
    `created. A sweep has at most ${sweepLimits.cells} cells. Its webhook hears of every job of it, and of its completion ` +
    '(`sweep.completed`).\n\n' +
    'With `validateOnly=true` nothing is stored: the answer is the number of cells and an estimate of their time.',
  tags: ['sweeps'],
  querystring: creationQuery,
  headers: creationHeaders('sweep'),
  body: SweepRequest,
  'x-body-examples': sweepExamples,
  response: {
    200: json('The preview, with `validateOnly=true`.', SweepPreview),
    201: createdAnswer('sweep', 'The sweep, whose jobs now wait for a worker.', SweepSummary),
    ...problems(...creationCodes, 'sweep.grid-invalid', 'sweep.too-large', 'sweep.cells-invalid'),
  },
} as const;

/** `POST /v1/sweeps`: see `createOnce`; axes → every cell is how it is judged. */
const route: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.post('/sweeps', { config: { access: 'jobs:write' }, schema }, (request, reply) => {
    const { body } = request;
    return createOnce(request, reply, request, app.context, {
      noun: 'sweep',
      pathOf: sweepPath,
      webhookEvents: defaultSweepWebhookEvents,
      storedAnswer: database.sweeps.storedAnswer,
      judge: () => judgeCells(body.base, readAxes(body)),
      preview,
      create: async ({ tenantId, judged, webhook, idempotency }): Promise<Created<SweepSummary>> => {
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
          idempotency: idempotency && {
            ...idempotency,
            answer: (sweep) => idempotency.answerOf(toSweepSummary(sweep, config.publicUrl)),
          },
        });
        return outcome.kind === 'replayed'
          ? outcome
          : { kind: 'created', resource: toSweepSummary(outcome.sweep, config.publicUrl) };
      },
    });
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
