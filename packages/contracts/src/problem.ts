import { type Static, Type } from 'typebox';
import { type ErrorCode, errorCatalogue } from './errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'URL of the documentation of the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.Enum(codes),
    requestId: Type.String(),
    errors: Type.Array(
      Type.Object({
        detail: Type.String(),
        pointer: Type.String({ description: 'JSON pointer (RFC 6901) to the field.' }),
        cells: Type.Optional(
          Type.Array(Type.Integer(), { description: 'Of a sweep: the cells that have the problem.' }),
        ),
      }),
    ),
  },
  { $id: 'Problem', description: 'An error as RFC 9457 problem+json.' },
);
export type Problem = Static<typeof Problem>;
