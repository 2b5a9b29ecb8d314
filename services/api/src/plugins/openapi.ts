import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import plugin from 'fastify-plugin';
import { placeBodyExamples, SchemaComponents } from '../openapi-document.ts';
import { serviceVersion } from '../version.ts';

const description = `Gives back a spiking neural network that fits a neuromorphic chip: few distinct weight values, few bits, few neurons.

**First steps.** Press *Authorize* and enter an API key (\`sk_…\`; \`npm start\` prints one the first time). Open *Submit a job*, press *Try it out* and *Execute*: the example is ready to be sent. Then look at the job by its id, follow its events, and read its report.

**Errors** are problem+json (RFC 9457) with a \`code\`; \`GET /v1/errors\` lists them all. Fields that do not exist are errors too.

**Lists** are pages: send \`nextCursor\` as \`after\`.`;

const tags = [
  { name: 'jobs', description: 'Submit a network, follow it, cancel it.' },
  { name: 'sweeps', description: 'A grid of jobs, its results side by side.' },
  { name: 'results', description: 'Report, artifacts, checkpoints.' },
  { name: 'catalogues', description: 'Data sets and targets.' },
  { name: 'webhooks', description: 'What was sent to your server.' },
  { name: 'api keys', description: 'Who may do what.' },
  { name: 'errors', description: 'Every code, and what to do about it.' },
  { name: 'operation', description: 'For whoever runs the service.' },
];

/** The document at /openapi.json, made from the schemas of the routes, and Swagger UI at /docs. */
export default plugin(
  async (app) => {
    const components = new SchemaComponents();
    await app.register(swagger, {
      convertConstToEnum: false,
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'SpikeFit API',
          version: serviceVersion,
          description,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        // Relative: the page works under whatever name it was opened.
        servers: [{ url: '/' }],
        tags,
        components: {
          securitySchemes: {
            apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `sk_…`.' },
          },
        },
      },
      transform: ({ schema, url }) => ({ schema: components.lift(schema) as FastifySchema, url }),
      transformObject: (parts) => {
        if (!('openapiObject' in parts)) return parts.swaggerObject;
        const document = parts.openapiObject;
        document.components = { ...document.components, schemas: components.schemas as never };
        placeBodyExamples(document);
        return document;
      },
    });

    await app.register(swaggerUi, {
      routePrefix: '/docs',
      // The bar above holds nothing but the logo of another project.
      theme: {
        title: 'SpikeFit API',
        css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }],
      },
      uiConfig: {
        docExpansion: 'list',
        displayRequestDuration: true,
        // A key is nothing for the storage of a browser.
        persistAuthorization: false,
        validatorUrl: null,
      },
    });

    app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));

    app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
      reply.header('cache-control', 'no-cache').send(app.swagger()),
    );
  },
  { name: 'openapi', dependencies: ['context'], fastify: '5.x' },
);
