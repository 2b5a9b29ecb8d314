import type { CodedError, Problem } from '@spikefit/contracts';

export const problemMediaType = 'application/problem+json';

/** Path, under the public URL, of the documentation of one code. */
export const errorDocumentationPath = '/v1/errors';

/**
 * The answer to `error`. What a broken inside says (class `internal`, or anything at 5xx that another error caused)
 * stays in the log: the sender gets the catalogue's words and the request id.
 */
export function toProblem(error: CodedError, about: { requestId: string; publicUrl: string }): Problem {
  const { status, title, remedy } = error.definition;
  return {
    type: `${about.publicUrl}${errorDocumentationPath}/${error.code}`,
    title,
    status,
    detail: isPrivate(error) ? remedy : sentence(error.detail),
    code: error.code,
    requestId: about.requestId,
    errors: isPrivate(error) ? [] : error.errors.map(({ detail, pointer }) => ({ detail, pointer })),
  };
}

function isPrivate(error: CodedError): boolean {
  const { status, class: kind } = error.definition;
  return kind === 'internal' || (status >= 500 && error.cause !== undefined);
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
