import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Job, JobPreview, JobRequest } from '@spikefit/contracts';
import { type Created, createOnce } from '../../jobs/create-once.ts';
import { jobPath, toJob } from '../../jobs/job-resource.ts';
import { judgeRequest, sha256OfJson, withoutSecrets } from '../../jobs/judge-request.ts';
import { previewJob } from '../../jobs/preview.ts';
import { json, problems } from '../../schemas/answers.ts';
import { createdAnswer, creationCodes, creationHeaders, creationQuery } from '../../schemas/creation.ts';
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
  querystring: creationQuery,
  headers: creationHeaders('job'),
  body: JobRequest,
  'x-body-examples': jobExamples,
  response: {
    200: json('The preview, with `validateOnly=true`.', JobPreview),
    201: createdAnswer('job', 'The job, which now waits for a worker.', Job),
    ...problems(
      ...creationCodes,
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
    ),
  },
} as const;

/** `POST /v1/jobs`: see `createOnce`. */
const route: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.post('/jobs', { config: { access: 'jobs:write' }, schema }, (request, reply) => {
    const { body } = request;
    return createOnce(request, reply, request, app.context, {
      noun: 'job',
      pathOf: jobPath,
      storedAnswer: database.jobs.storedAnswer,
      judge: judgeRequest,
      preview: previewJob,
      create: async ({ tenantId, judged, webhook, idempotency }): Promise<Created<Job>> => {
        const outcome = await database.jobs.create({
          tenantId,
          name: body.name ?? null,
          requested: withoutSecrets(body),
          resolved: judged,
          priority: body.priority ?? 0,
          metadata: body.metadata ?? {},
          modelSha256: sha256OfJson(judged.network),
          webhook,
          idempotency: idempotency && {
            ...idempotency,
            answer: (job) => idempotency.answerOf(toJob(job, config.publicUrl)),
          },
        });
        return outcome.kind === 'replayed'
          ? outcome
          : { kind: 'created', resource: toJob(outcome.job, config.publicUrl) };
      },
    });
  });
};
export default route;
