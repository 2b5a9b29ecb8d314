import plugin from 'fastify-plugin';
import type { ApiContext } from '../context.ts';

export interface ContextOptions {
  readonly context: ApiContext;
}

/** Hands the context to every plugin and route as `app.context`. */
export default plugin<ContextOptions>(
  async (app, { context }) => {
    app.decorate('context', context);
  },
  { name: 'context', fastify: '5.x' },
);
