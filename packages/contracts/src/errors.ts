/**
 * The one catalogue of error codes. Every error that leaves a process, as problem+json, as a job's `error` or as
 * a line on the terminal, has one of these codes; docs/errors.md is generated from here.
 *
 * `class` says what the job life cycle does: `user` and `internal` fail at once, `transient` is retried with
 * backoff, `interrupted` goes back to the queue.
 */
export interface ErrorDefinition {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
  readonly class: 'user' | 'transient' | 'interrupted' | 'internal';
}

const define = (
  status: number,
  title: string,
  remedy: string,
  kind: ErrorDefinition['class'] = 'user',
): ErrorDefinition => ({
  status,
  title,
  remedy,
  class: kind,
});

export const errorCatalogue = {
  // Requests
  'request.not-json': define(
    400,
    'The body is not JSON',
    'Send a JSON object with content-type application/json.',
  ),
  'request.invalid': define(
    400,
    'The request does not match its schema',
    'Look at `errors`: each entry points at a field and says what is expected. /docs shows the schema.',
  ),
  'request.unknown-field': define(
    400,
    'The request has a field that does not exist',
    'Remove the field or mend its spelling; /docs shows the schema.',
  ),
  'request.too-large': define(413, 'The body is too large', 'Send less than the limit that `detail` names.'),
  'request.unsupported-media-type': define(
    415,
    'The content type is not supported',
    'Send application/json.',
  ),
  'request.cursor-invalid': define(
    400,
    'The cursor is not one of ours',
    'Use `nextCursor` of the page before as it is, with the same filters.',
  ),
  'request.rate-limited': define(429, 'Too many requests', 'Wait as long as Retry-After says.', 'transient'),
  'request.not-acceptable': define(
    406,
    'No representation matches Accept',
    'Ask for one of the types that `detail` names.',
  ),
  'route.not-found': define(404, 'There is no such route', 'See /docs for the routes.'),
  'route.method-not-allowed': define(
    405,
    'The method is not allowed here',
    'See /docs for the methods of this route.',
  ),
  'resource.not-found': define(
    404,
    'There is no such resource',
    'Check the id. Resources of other tenants answer the same.',
  ),

  // Authentication and authorization
  'auth.missing': define(401, 'No API key was sent', 'Send `Authorization: Bearer sk_…`.'),
  'auth.invalid': define(
    401,
    'The API key is not valid',
    'Check the key: it is unknown, malformed or revoked. A key is shown only once; make a new one if it is lost (`npm start -- --new-key` on one machine).',
  ),
  'auth.expired': define(401, 'The API key has expired', 'Make a new key.'),
  'auth.forbidden': define(
    403,
    'The API key lacks the scope',
    'Use a key that has the scope which `detail` names.',
  ),

  // Idempotency
  'idempotency.key-invalid': define(
    400,
    'The Idempotency-Key is malformed',
    'Send 1 to 255 printable ASCII characters.',
  ),
  'idempotency.body-differs': define(
    422,
    'The Idempotency-Key was used with another body',
    'Use a new key for a new request.',
  ),
  'idempotency.in-progress': define(
    409,
    'A request with this Idempotency-Key is still running',
    'Wait a moment and send it again.',
    'transient',
  ),

  // Specification
  'spec.architecture-invalid': define(
    422,
    'The architecture string cannot be read',
    'Use tokens such as 32C3, BN, LIF, MP2, FC10, joined by "-"; `detail` names the token.',
  ),
  'spec.architecture-unsupported': define(
    422,
    'The architecture is well formed but cannot be compressed',
    'See `detail`: for example a batch norm must feed a neuron, and the last token must be an FC.',
  ),
  'spec.shape-vanishes': define(
    422,
    'The network shrinks to nothing',
    'Use fewer or smaller pooling layers, or smaller strides: `detail` names the layer and its input shape.',
  ),
  'spec.network-too-large': define(
    422,
    'The network is larger than this service accepts',
    'Use fewer channels or units; `detail` names the limit.',
  ),
  'spec.dataset-unknown': define(
    422,
    'The data set is not in the catalogue',
    'GET /v1/datasets lists the data sets.',
  ),
  'spec.dataset-too-small': define(
    422,
    'More samples are asked for than the data set has',
    'Lower trainSamples or testSamples; left out, they are those of the whole data set, of which a worker may have a part.',
  ),
  'spec.dataset-mismatch': define(
    422,
    'The setting does not fit the data set',
    'Images take the encoders `direct` and `rate`, event data takes `event`; GET /v1/datasets lists the augmentations of each.',
  ),
  'spec.classes-mismatch': define(
    422,
    'The read-out does not have one output per class',
    'Let the last FC have as many units as the data set has classes.',
  ),
  'spec.target-unknown': define(
    422,
    'The target is not in the catalogue',
    'GET /v1/targets lists the targets; a target of your own, with a `name` and the limits that you know, may be sent in its place.',
  ),
  'spec.target-invalid': define(422, 'The target contradicts itself', 'See `detail`.'),
  'spec.technique-unknown': define(
    422,
    'The technique is not in the catalogue',
    '`detail` lists the techniques.',
  ),
  'spec.levels-invalid': define(
    422,
    'The number of levels does not fit the bits',
    'Choose levels between 2 and 2^bits.',
  ),
  'spec.bits-invalid': define(
    422,
    'The bits do not fit the target',
    'Choose bits that the target can store; `detail` names them.',
  ),
  'spec.budget-invalid': define(
    422,
    'The pruning budget is not possible',
    'See `detail`: a fraction lies in [0, 1), a number must leave the floors of every layer.',
  ),
  'spec.pruning-unit-invalid': define(
    422,
    'Settings of pruning do not go together',
    'Choose a technique, a unit and a budget that know each other; `detail` says which do.',
  ),
  'spec.fit-needs-placement': define(
    422,
    'Whether the network fits depends on a placement',
    'A budget of kind `fit` is for targets whose limits need no placement of neurons on cores: name a number of neurons, synapses or bits instead; `detail` names the limits.',
  ),
  'spec.activation-invalid': define(
    422,
    'The activation does not go with another setting',
    'Use `"activation": "spikes"`, or change the setting that `pointer` names as `detail` says.',
  ),
  'spec.training-invalid': define(422, 'The training settings contradict each other', 'See `detail`.'),

  // Webhooks
  'webhook.url-refused': define(
    422,
    'The webhook URL is refused',
    'Use https, a public host, no credentials. A name that could not be looked up may be known later: try again. To try webhooks on one machine, start the service with SPIKEFIT_WEBHOOK_ALLOW_HTTP=true and SPIKEFIT_WEBHOOK_ALLOW_PRIVATE=true: then http and private addresses, 127.0.0.1 among them, are allowed.',
  ),
  'webhook.secret-invalid': define(
    422,
    'The webhook secret is malformed',
    'Send `whsec_` followed by 24 to 64 bytes in base64.',
  ),

  // State
  'job.not-cancelable': define(
    409,
    'The job has ended',
    'Nothing is to be done: the job can no longer be canceled.',
  ),
  'report.not-ready': define(
    404,
    'The job has no report yet',
    'While the job is queued or running, wait until it has succeeded. A job that failed or was canceled never has a report: `error` of the job says why, and it can be submitted again.',
  ),

  // Sweeps
  'sweep.grid-invalid': define(
    422,
    'The grid of the sweep contradicts itself',
    'Name each field once, without one that holds another, and give each of its values once; `errors` points at them.',
  ),
  'sweep.too-large': define(
    422,
    'The sweep has more cells than are allowed',
    'Use fewer values or seeds, or several sweeps; `detail` names the number of cells and the limit.',
  ),
  'sweep.cells-invalid': define(
    422,
    'Some cells of the sweep are no valid jobs',
    'Nothing was created. `errors` lists every problem once, with the cells that have it and the value or field that it comes from.',
  ),
  'sweep.not-resumable': define(
    409,
    'The sweep cannot be resumed now',
    'Jobs of it are still being canceled: wait until they are, then resume.',
  ),
  'sweep.plot-not-ready': define(
    404,
    'The sweep has no plot yet',
    'It is made a few seconds after the last job of the sweep has ended; the results are there before.',
  ),

  // Service
  'service.unavailable': define(
    503,
    'The service cannot do this now',
    'Try again in a moment; /readyz says which part is missing.',
    'transient',
  ),
  'service.overloaded': define(
    503,
    'The service is overloaded',
    'Try again later; Retry-After says when.',
    'transient',
  ),
  'internal.error': define(
    500,
    'Something broke on our side',
    'Try again; report the id of the request or of the job if it persists.',
    'internal',
  ),

  // Configuration and start-up
  'config.invalid': define(
    500,
    'The configuration is not valid',
    'Every problem is listed with its variable.',
    'internal',
  ),
  'backend.unavailable': define(
    500,
    'The asked-for compute backend is not available',
    '`detail` names the setting and what to do.',
    'internal',
  ),

  // Data and files
  'dataset.unavailable': define(
    500,
    'The data set cannot be fetched',
    '`detail` says what was tried; put the files where it says.',
    'transient',
  ),
  'dataset.corrupt': define(
    500,
    'A data file is damaged',
    'Replace the file that `detail` names; if it lies in the cache, delete it, and it is fetched again.',
    'internal',
  ),
  'artifact.invalid': define(
    422,
    'The artifact cannot be read',
    'The file is damaged or of another format version; `detail` says where.',
  ),
  'checkpoint.invalid': define(
    500,
    'The checkpoint cannot be read',
    'The file is damaged or of another format version.',
    'internal',
  ),
  'object.not-found': define(
    404,
    'The stored object does not exist',
    'It was deleted or never written.',
    'internal',
  ),
  'object.corrupt': define(
    500,
    'The stored object differs from its checksum',
    'Restore it from a backup.',
    'internal',
  ),
  'object.exists': define(
    409,
    'An object with this key exists with other content',
    'Objects are immutable: use a new key.',
    'internal',
  ),
  'storage.full': define(507, 'The storage is full', 'Free space; the last checkpoint is kept.', 'transient'),

  // Ends of a job
  'job.lease-lost': define(
    409,
    'The lease is held by another attempt',
    'Nothing: the other attempt goes on.',
    'interrupted',
  ),
  'job.interrupted-too-often': define(
    500,
    'The job was interrupted too often',
    'Look at the worker logs, then submit it again.',
    'internal',
  ),
  'job.retries-exhausted': define(
    500,
    'The job failed too often for a passing reason',
    'Look at `detail`, then submit it again.',
    'internal',
  ),
  'job.timed-out': define(
    422,
    'The job ran longer than its limit',
    'Raise limits.maxRuntimeSeconds or ask for less work.',
  ),
  'job.out-of-memory': define(
    422,
    'The job needs more memory than the worker has',
    'Use a smaller batch, network or data set.',
  ),
  'job.cannot-fit': define(
    422,
    'No pruning makes the network fit the target',
    '`detail` names the limit and the least that was reached. Start from a smaller network, use fewer levels or bits, or choose another target.',
  ),
  'job.diverged': define(
    422,
    'Training diverged',
    'Lower the learning rate; the last good checkpoint is kept.',
  ),
  'job.trainer-crashed': define(
    500,
    'The trainer process ended without a word',
    'It is resumed from the last checkpoint.',
    'interrupted',
  ),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorCatalogue, value);

/** One field's problem: `pointer` is an RFC 6901 JSON pointer into the body, or a name such as `query/limit`. */
export interface FieldError {
  readonly detail: string;
  readonly pointer: string;
  /** Of a sweep: the cells that have the problem. */
  readonly cells?: readonly number[];
}

/** The only error that our code throws on purpose. `detail` says what happened and, where it helps, what to do. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    detail: string,
    options: { errors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
  }

  get definition(): ErrorDefinition {
    return errorCatalogue[this.code];
  }
}

/** Wraps anything that was thrown; a CodedError stays what it is. */
export function toCodedError(error: unknown, fallback: ErrorCode = 'internal.error'): CodedError {
  if (error instanceof CodedError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CodedError(fallback, message, { cause: error });
}

export function assertExhaustive(value: never): never {
  throw new CodedError('internal.error', `unexpected value ${JSON.stringify(value)}`);
}
