import { type ErrorCode, errorCatalogue, Problem } from '@spikefit/contracts';
import type { TSchema } from 'typebox';
import { problemMediaType } from '../errors/problem.ts';

interface HeaderSchema {
  readonly type: 'string' | 'integer';
  readonly description: string;
}

/** One answer with a JSON body. */
export function json<T extends TSchema>(
  description: string,
  schema: T,
  more: { headers?: Record<string, HeaderSchema>; examples?: Record<string, { value: unknown }> } = {},
) {
  const { headers, examples } = more;
  const media = examples === undefined ? { schema } : { schema, examples };
  return { description, ...(headers && { headers }), content: { 'application/json': media } } as {
    description: string;
    content: { 'application/json': { schema: T } };
  };
}

/** Codes that any route with a key can answer with. */
const alwaysPossible = [
  'auth.missing',
  'auth.invalid',
  'auth.expired',
  'auth.forbidden',
  'request.rate-limited',
  'service.unavailable',
  'service.overloaded',
  'internal.error',
] as const satisfies readonly ErrorCode[];

/** The problems a route with a key can answer with: those of every such route, and `codes`. */
export const problems = (...codes: readonly ErrorCode[]) => problemsOf([...codes, ...alwaysPossible]);

/** The problems a public route can answer with. */
export const publicProblems = (...codes: readonly ErrorCode[]) =>
  problemsOf([...codes, 'service.overloaded', 'internal.error']);

type Answers = Record<number, { description: string; content: Record<string, { schema: typeof Problem }> }>;

function problemsOf(codes: readonly ErrorCode[]): Answers {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorCatalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers: Answers = {};
  for (const [status, itsCodes] of byStatus) {
    const lines = itsCodes.map((code) => `- \`${code}\`: ${errorCatalogue[code].title}.`);
    answers[status] = { description: lines.join('\n'), content: { [problemMediaType]: { schema: Problem } } };
  }
  return answers;
}
