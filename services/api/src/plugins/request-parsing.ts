import { CodedError } from '@spikefit/contracts';
import type { ErrorObject } from 'ajv';
import plugin from 'fastify-plugin';
import { escapePointer, type RequestPart, schemaViolations } from '../errors/schema-violations.ts';
import { withoutSchemaIds } from '../schemas/schema-ids.ts';
import { bodyAjv, queryAjv } from '../schemas/strict-ajv.ts';

/**
 * Bodies are strict JSON and are checked as they are: nothing is coerced, dropped or filled in (defaults belong to
 * the resolved spec). Query strings hold only text, so numbers and booleans are read from it and defaults filled in.
 * Path parameters and headers are judged by the routes, for a malformed id answers like an unknown one.
 */
export default plugin(
  async (app) => {
    const body = bodyAjv();
    const query = queryAjv();

    app.setValidatorCompiler(({ schema, httpPart }) => {
      if (httpPart !== 'body' && httpPart !== 'querystring') return () => true;
      const part: RequestPart = httpPart === 'body' ? 'body' : 'query';
      const validate = (part === 'body' ? body : query).compile(withoutSchemaIds(schema));
      return (data: unknown) => {
        // Fastify says null where there was no body at all.
        if (part === 'body' && (data === undefined || data === null)) {
          return { error: new CodedError('request.not-json', 'there is nothing in the body') };
        }
        return validate(data)
          ? { value: data }
          : { error: schemaViolations(validate.errors as ErrorObject[], part) };
      };
    });

    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_request: unknown, bytes: Buffer) => (bytes.length === 0 ? undefined : parseJson(bytes)),
    );
  },
  { name: 'request-parsing', fastify: '5.x' },
);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'the bytes are not UTF-8';
    throw new CodedError('request.not-json', reason, { cause });
  }
  checkStructure(value);
  return value;
}

/** Far more than any request needs; recursion over a deeper value could end the process. */
const deepest = 64;

/**
 * Refuses `__proto__` as a member, which would become a prototype wherever the value is copied by assignment, and
 * values that are nested too deeply. Not recursive itself.
 */
function checkStructure(body: unknown): void {
  const open: { value: unknown; pointer: string; depth: number }[] = [{ value: body, pointer: '', depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepest)
      throw new CodedError('request.invalid', `the body is nested more than ${deepest} deep`);
    for (const [name, member] of Object.entries(value)) {
      const inner = `${pointer}/${escapePointer(name)}`;
      if (name === '__proto__') {
        const detail = 'there is no such field';
        throw new CodedError('request.unknown-field', `${inner}: ${detail}`, {
          errors: [{ pointer: inner, detail }],
        });
      }
      open.push({ value: member, pointer: inner, depth: depth + 1 });
    }
  }
}
