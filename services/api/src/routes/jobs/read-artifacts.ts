import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Artifact, idSchema } from '@spikefit/contracts';
import { Type } from 'typebox';
import { toArtifact } from '../../jobs/job-resource.ts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { found, JobParameters, pathParameters, requireId } from '../../schemas/parameters.ts';

const Bytes = Type.Unsafe<unknown>({ type: 'string', format: 'binary' });

const downloadHeaders = {
  'Content-Length': { type: 'integer', description: 'Bytes of the file.' },
  ETag: { type: 'string', description: 'The SHA-256 in hex.' },
  'Repr-Digest': { type: 'string', description: 'The SHA-256 as in RFC 9530.' },
  'Content-Disposition': { type: 'string', description: 'The name of the file.' },
} as const;

/** The files that a job made. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database, objectStore } = app.context;

  app.get(
    '/jobs/:jobId/artifacts',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'listArtifacts',
        summary: 'List the artifacts of a job',
        tags: ['results'],
        params: JobParameters,
        response: {
          200: json(
            'All artifacts; none before the job has succeeded.',
            Type.Object({ data: Type.Array(Artifact) }),
          ),
          ...problems('resource.not-found'),
        },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      const artifacts = found('job', await database.artifacts.list({ tenantId: tenantOf(request), jobId }));
      return { data: artifacts.map((artifact) => toArtifact(artifact, config.publicUrl)) };
    },
  );

  app.get(
    '/jobs/:jobId/artifacts/:artifactId',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'downloadArtifact',
        summary: 'Download an artifact',
        description: 'An artifact never changes: `If-None-Match` with its ETag answers 304.',
        tags: ['results'],
        params: pathParameters({ jobId: idSchema('job'), artifactId: idSchema('artifact') }),
        response: {
          200: {
            description: 'The file.',
            headers: downloadHeaders,
            content: { 'application/octet-stream': { schema: Bytes } },
          },
          304: Type.Null({ description: 'The sender has it.' }),
          ...problems('resource.not-found', 'object.not-found'),
        },
      },
    },
    async (request, reply) => {
      const jobId = requireId('job', request.params.jobId);
      const artifactId = requireId('artifact', request.params.artifactId);
      const key = { tenantId: tenantOf(request), jobId, artifactId };
      const { name, mediaType, sha256, bytes, objectKey } = found(
        'artifact',
        await database.artifacts.get(key),
      );
      const etag = `"${sha256}"`;
      reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable');
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
      // Opened before the headers are written, so that a missing object is a problem and not half an answer.
      const file = request.method === 'HEAD' ? Readable.from([]) : await objectStore.get(objectKey);
      return reply
        .header('content-type', mediaType)
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, '_')}"`)
        .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
        .header('accept-ranges', 'none')
        .send(file);
    },
  );
};
export default routes;

/** RFC 9110: a list of tags, weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
}
