import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Job, JobPreview, JobRequest } from '@spikefit/contracts';
import { Type } from 'typebox';
import { jobPath, toJob } from '../../jobs/job-resource.ts';
import { idempotencyKey, judgeRequest, sha256OfJson, withoutSecrets } from '../../jobs/judge-request.ts';
import { previewJob } from '../../jobs/preview.ts';
import { checkWebhook } from '../../jobs/webhook-check.ts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { jobExamples } from '../../schemas/examples.ts';

const schema = {
  operationId: 'createJob',
  summary: 'Submit a job',
  description:
    'Trains the network, gives it a codebook of few weight values, prunes it, and reports what that did. ' +
    'Only `model`, `dataset` and `target` are required.\n\n' +
    'With `validateOnly=true` nothing is stored: the answer is the spec with every default, whether the network will ' +
    'fit the target, and an estimate of time and size.',
  tags: ['jobs'],
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
          'Any text of 1 to 255 printable characters, new for each job. The same key with the same body within 24 ' +
          'hours gets the answer of the first request, and no second job.',
      }),
    ),
  }),
  body: JobRequest,
  'x-body-examples': jobExamples,
  response: {
    200: json('The preview, with `validateOnly=true`.', JobPreview),
    201: json('The job, which now waits for a worker.', Job, {
      headers: {
        Location: { type: 'string', description: 'URL of the job.' },
        'Idempotency-Replayed': {
          type: 'string',
          description: '`true` when the job was made by an earlier request.',
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
      'spec.architecture-invalid',
      'spec.architecture-unsupported',
      'spec.shape-vanishes',
      'spec.network-too-large',
      'spec.classes-mismatch',
      'spec.dataset-unknown',
      'spec.dataset-too-small',
      'spec.dataset-mismatch',
      'spec.target-unknown',
      'spec.target-invalid',
      'spec.technique-unknown',
      'spec.levels-invalid',
      'spec.bits-invalid',
      'spec.budget-invalid',
      'spec.fit-needs-placement',
      'spec.training-invalid',
      'webhook.url-refused',
      'webhook.secret-invalid',
    ),
  },
} as const;

/** `POST /v1/jobs`: schema → stored answer, if there is one → resolved spec → webhook check → one transaction. */
const route: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.post('/jobs', { config: { access: 'jobs:write' }, schema }, async (request, reply) => {
    const { body } = request;
    const tenantId = tenantOf(request);
    const key = idempotencyKey(request.headers['idempotency-key']);
    const answer = (job: Job, kind: 'created' | 'replayed') => {
      if (kind === 'replayed') reply.header('idempotency-replayed', 'true');
      request.log.info({ jobId: job.id }, `job ${kind}`);
      return reply
        .code(201)
        .header('location', `${config.publicUrl}${jobPath(job.id)}`)
        .send(job);
    };

    const requested = withoutSecrets(body);
    const scope =
      key === undefined ? undefined : { route: 'POST /v1/jobs', key, bodyHash: sha256OfJson(requested) };
    if (scope && !request.query.validateOnly) {
      // Before the request is judged: what was taken once is not refused later, because a host resolves otherwise now.
      const stored = await database.jobs.storedAnswer({ tenantId, ...scope });
      if (stored !== null) return answer(stored.body as Job, 'replayed');
    }
    const resolved = judgeRequest(body);
    const webhook = body.webhook && (await checkWebhook(body.webhook, app.context));
    if (request.query.validateOnly) return reply.code(200).send(previewJob(resolved));

    const outcome = await database.jobs.create({
      tenantId,
      name: body.name ?? null,
      requested,
      resolved,
      priority: body.priority ?? 0,
      metadata: body.metadata ?? {},
      modelSha256: sha256OfJson(resolved.network),
      webhook,
      idempotency: scope && {
        ...scope,
        answer: (job) => ({ statusCode: 201, body: toJob(job, config.publicUrl) }),
      },
    });
    return outcome.kind === 'created'
      ? answer(toJob(outcome.job, config.publicUrl), 'created')
      : answer(outcome.answer.body as Job, 'replayed');
  });
};
export default route;
