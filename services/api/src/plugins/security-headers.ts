import helmet from '@fastify/helmet';
import plugin from 'fastify-plugin';

/**
 * The API serves data and one page, /docs: nothing may be loaded from elsewhere, nothing may frame it. Swagger UI
 * draws its icons from data: URLs and styles elements inline; its scripts are files of its own.
 */
export default plugin(
  async (app) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          baseUri: ["'none'"],
          connectSrc: ["'self'"],
          fontSrc: ["'self'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
          imgSrc: ["'self'", 'data:'],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
        },
      },
      // Said only over https, where it means something; a plain-http installation on localhost must keep working.
      hsts: app.context.config.publicUrl.startsWith('https:') ? undefined : false,
      referrerPolicy: { policy: 'no-referrer' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
    } as Parameters<typeof helmet>[1]);
  },
  { name: 'security-headers', dependencies: ['context'], fastify: '5.x' },
);
