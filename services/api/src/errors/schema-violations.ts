import { CodedError, type ErrorCode, type FieldError } from '@spikefit/contracts';
import type { ErrorObject } from 'ajv';
import { nearestName } from './nearest-name.ts';

/** Where Fastify took the checked value from. */
export type RequestPart = 'body' | 'query';

/** More would help nobody, and a hostile body could ask for very many. */
const mostReported = 50;

/** Turns what Ajv found (with `allErrors` and `verbose`) into one coded error that names every field. */
export function schemaViolations(found: readonly ErrorObject[], part: RequestPart): CodedError {
  const errors: FieldError[] = [];
  let code: ErrorCode = 'request.invalid';
  // Fields that do not exist first: they are what to mend first, and they give the code.
  const isStranger = ({ keyword }: ErrorObject) => keyword === 'additionalProperties';
  const violations = withoutOtherBranches(found);
  for (const violation of [
    ...violations.filter(isStranger),
    ...violations.filter((one) => !isStranger(one)),
  ]) {
    const pointer = pointerOf(violation, part);
    const detail = describe(violation);
    if (isStranger(violation)) code = 'request.unknown-field';
    if (!errors.some((other) => other.pointer === pointer && other.detail === detail))
      errors.push({ pointer, detail });
  }
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see errors)` : '';
  const detail =
    first === undefined ? `The ${part} is not valid.` : `${where(first.pointer)}: ${first.detail}${more}`;
  return new CodedError(code, detail, { errors: errors.slice(0, mostReported) });
}

const where = (pointer: string) => (pointer === '' ? 'The body' : pointer);

/**
 * A value that matches no branch of a union violates all of them. Only the branch that the sender most likely
 * meant is worth reading: of the objects the one that knows most of the sent fields, else the first.
 */
function withoutOtherBranches(found: readonly ErrorObject[]): ErrorObject[] {
  const unions = found.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const meant = unions.map((union) => `${union.schemaPath}/${likelyBranch(union)}/`);
  return found.filter(({ schemaPath, keyword }) => {
    if (keyword === 'anyOf' || keyword === 'oneOf') return false;
    return unions.every(
      (union, index) =>
        !schemaPath.startsWith(`${union.schemaPath}/`) || schemaPath.startsWith(meant[index] ?? ''),
    );
  });
}

interface ObjectSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function likelyBranch(union: ErrorObject): number {
  const branches = union.schema as readonly ObjectSchema[];
  const value: unknown = union.data;
  const sent = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  let best = { index: 0, known: -1, missing: 0 };
  branches.forEach((branch, index) => {
    if (branch.type === 'null') return;
    const known = sent.filter((key) => Object.hasOwn(branch.properties ?? {}, key)).length;
    const missing = (branch.required ?? []).filter((key) => !sent.includes(key)).length;
    if (known > best.known || (known === best.known && missing < best.missing))
      best = { index, known, missing };
  });
  return best.index;
}

function pointerOf(violation: ErrorObject, part: RequestPart): string {
  const { params } = violation as { params: Record<string, unknown> };
  let pointer = violation.instancePath;
  if (violation.keyword === 'required') pointer += `/${escapePointer(String(params.missingProperty))}`;
  if (violation.keyword === 'additionalProperties')
    pointer += `/${escapePointer(String(params.additionalProperty))}`;
  return part === 'query' ? `query${pointer}` : pointer;
}

/** RFC 6901. */
export const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

function describe({ keyword, params, data, parentSchema, message }: ErrorObject): string {
  const limit = (params as { limit?: number }).limit;
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      const near = nearestName(
        name,
        Object.keys((parentSchema as ObjectSchema | undefined)?.properties ?? {}),
      );
      return `there is no such field${near === undefined ? '' : `; did you mean "${near}"?`}`;
    }
    case 'required':
      return 'is required';
    case 'type':
      return `must be ${article(String(params.type))}, but is ${shown(data)}`;
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}, but is ${shown(data)}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}, but is ${shown(data)}`;
    case 'minimum':
      return `must be at least ${limit}, but is ${shown(data)}`;
    case 'maximum':
      return `must be at most ${limit}, but is ${shown(data)}`;
    case 'exclusiveMinimum':
      return `must be greater than ${limit}, but is ${shown(data)}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}, but is ${shown(data)}`;
    case 'minLength':
      return `must have at least ${limit} character${limit === 1 ? '' : 's'}`;
    case 'maxLength':
      return `must have at most ${limit} characters, but has ${[...String(data)].length}`;
    case 'minItems':
    case 'maxItems':
      return `must have at ${keyword === 'minItems' ? 'least' : 'most'} ${limit} items, but has ${(data as unknown[]).length}`;
    case 'uniqueItems':
      return `must not have the same item twice`;
    case 'maxProperties':
      return `must have at most ${limit} fields, but has ${Object.keys(data as object).length}`;
    case 'format':
      return `must be a ${String(params.format)} as in RFC 3339, but is ${shown(data)}`;
    case 'pattern':
      return `must match ${String(params.pattern)}, but is ${shown(data)}`;
    default:
      return message ?? `violates ${keyword}`;
  }
}

const article = (type: string) =>
  /^[aeiou]/.test(type) ? `an ${type}` : type === 'null' ? type : `a ${type}`;

/** Short values as they are, long ones by their kind: a secret put in the wrong place is not repeated. */
function shown(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string')
    return value.length <= 40 && !/^(sk|whsec)_/.test(value) ? JSON.stringify(value) : 'a string';
  return Array.isArray(value) ? 'an array' : article(typeof value);
}
