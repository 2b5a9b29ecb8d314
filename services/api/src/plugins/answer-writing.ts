import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import plugin from 'fastify-plugin';
import { mapSchema } from '../schemas/schema-ids.ts';

/**
 * Answers are written by their schema: a field that the schema does not know does not leave the process. The writer
 * would fill in defaults; a request that is shown as it was sent must not get any.
 */
export default plugin(
  async (app) => {
    app.setSerializerCompiler(({ schema }) => {
      const bare = mapSchema(schema, ({ $id: _id, default: _default, ...rest }) => rest);
      return fastJsonStringify(bare as Schema);
    });
  },
  { name: 'answer-writing', fastify: '5.x' },
);
