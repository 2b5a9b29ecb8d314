import { CodedError } from '@spikefit/contracts';

export const csvType = 'text/csv';

/**
 * The first of JSON and CSV that `Accept` names; JSON when it takes anything.
 * @throws CodedError `request.not-acceptable`
 */
export function wantedFormat(accept: string | undefined): 'json' | 'csv' {
  if (accept === undefined) return 'json';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (type === csvType || type === 'text/*') return 'csv';
    if (['application/json', 'application/*', '*/*', ''].includes(type)) return 'json';
  }
  throw new CodedError('request.not-acceptable', `there are application/json and ${csvType}`);
}
