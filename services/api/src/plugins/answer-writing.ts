import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import plugin from 'fastify-plugin';
import { withoutSchemaIds } from '../schemas/schema-ids.ts';

/** Answers are written by their schema: a field that the schema does not know does not leave the process. */
export default plugin(
  async (app) => {
    app.setSerializerCompiler(({ schema }) => fastJsonStringify(withoutSchemaIds(schema) as Schema));
  },
  { name: 'answer-writing', fastify: '5.x' },
);
