import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';

const common: Options = { allErrors: true, verbose: true, removeAdditional: false, strictTuples: false };

function withFormats(options: Options): Ajv {
  const ajv = new Ajv({ ...common, ...options });
  formats.default(ajv, ['date-time']);
  return ajv;
}

/** For JSON bodies, which are checked as they are: nothing is coerced, dropped or filled in. */
export const bodyAjv = (): Ajv => withFormats({ coerceTypes: false, useDefaults: false });

/** For query strings, which hold only text: numbers and booleans are read from it and defaults filled in. */
export const queryAjv = (): Ajv => withFormats({ coerceTypes: true, useDefaults: true });
