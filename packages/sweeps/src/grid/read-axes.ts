import {
  CodedError,
  type FieldError,
  type SweepAxis,
  type SweepRequest,
  sweepLimits,
} from '@spikefit/contracts';
import { cellCount } from './cells.ts';
import { problemOfField } from './known-field.ts';
import { pathOf, pointerOf, pointerOfAxis } from './pointers.ts';

/**
 * The axes of a sweep: the fields of its grid in the order sent, and its seeds. Judges them without making a cell, so
 * a grid of any size is refused at once.
 * @throws CodedError `sweep.too-large`, `request.unknown-field`, `sweep.grid-invalid`, with pointers into the request
 */
export function readAxes(request: Pick<SweepRequest, 'grid' | 'seeds'>): SweepAxis[] {
  const axes: SweepAxis[] = Object.entries(request.grid ?? {}).map(([name, values]) => ({
    name,
    path: pathOf(name),
    values,
  }));
  if (request.seeds !== undefined) {
    axes.push({ name: 'seed', path: ['seed'], values: request.seeds, fromSeeds: true });
  }
  refuseTooLarge(axes);
  const unknown = axes.flatMap((axis) => {
    const detail = problemOfField(axis.path);
    return detail === null ? [] : [{ pointer: pointerOfAxis(axis), detail }];
  });
  if (unknown.length > 0) throw refusal('request.unknown-field', unknown);
  const contradictions = [
    ...axes.flatMap((axis, place) => overlaps(axis, axes.slice(0, place))),
    ...axes.flatMap(repeats),
  ];
  if (contradictions.length > 0) throw refusal('sweep.grid-invalid', contradictions);
  return axes;
}

function refuseTooLarge(axes: readonly SweepAxis[]): void {
  const cells = cellCount(axes);
  if (cells <= sweepLimits.cells) return;
  const factors = axes.map(({ name, values }) => `${values.length} × ${name}`).join(', ');
  const detail = `the grid has ${cells} cells (${factors}), and a sweep at most ${sweepLimits.cells}`;
  throw new CodedError('sweep.too-large', detail, { errors: [{ pointer: '/grid', detail }] });
}

/** Two axes that set the same place, or of which one sets a part of what the other sets. */
function overlaps(axis: SweepAxis, earlier: readonly SweepAxis[]): FieldError[] {
  const own = `${pointerOf(axis.path)}/`;
  return earlier
    .filter(({ path }) => own.startsWith(`${pointerOf(path)}/`) || `${pointerOf(path)}/`.startsWith(own))
    .map((other) => ({
      pointer: pointerOfAxis(axis),
      detail: `sets the same field as "${other.name}", or a part of it`,
    }));
}

function repeats(axis: SweepAxis): FieldError[] {
  const seen = new Map<string, number>();
  return axis.values.flatMap((value, index) => {
    const text = JSON.stringify(value);
    const first = seen.get(text);
    if (first === undefined) {
      seen.set(text, index);
      return [];
    }
    return [{ pointer: `${pointerOfAxis(axis)}/${index}`, detail: `is the same value as number ${first}` }];
  });
}

function refusal(
  code: 'request.unknown-field' | 'sweep.grid-invalid',
  errors: readonly FieldError[],
): CodedError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: see errors)` : '';
  return new CodedError(code, `${first?.pointer}: ${first?.detail}${more}`, { errors });
}
