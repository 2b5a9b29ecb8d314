import { type CodedError, type FieldError, type Problem, publicDetail } from '@spikefit/contracts';

export const problemMediaType = 'application/problem+json';

/** Path, under the public URL, of the documentation of one code. */
export const errorDocumentationPath = '/v1/errors';

/** The answer to `error`. What it says of our insides stays in the log, where the request's id leads to it. */
export function toProblem(error: CodedError, about: { requestId: string; publicUrl: string }): Problem {
  const { status, title, class: kind } = error.definition;
  return {
    type: `${about.publicUrl}${errorDocumentationPath}/${error.code}`,
    title,
    status,
    detail: sentence(publicDetail(error.code, error.detail)),
    code: error.code,
    requestId: about.requestId,
    // Fields of the request, or parts of the service by name; those of a configuration are nobody's business.
    errors: kind === 'internal' ? [] : error.errors.map(toEntry),
  };
}

const toEntry = ({ detail, pointer, cells }: FieldError) => ({
  detail,
  pointer,
  ...(cells !== undefined && { cells: [...cells] }),
});

/** A word of the language gets a capital; the name of a field, a host or a variable stays as it is. */
const sentence = (text: string) =>
  /^[a-z]+(?=[\s,;:]|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
