import { CodedError } from '@spikefit/contracts';
import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import { scrub } from './scrub.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Where lines go; standard output when left out. */
  readonly write?: (line: string) => void;
}

/** Lines of JSON with `time` (RFC 3339), `level` as a word, `service`, `msg`; secrets are taken out of each line. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? standardOutput();
  const stream: DestinationStream = { write: (line) => write(scrub(line)) };
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError, error: serializeError },
    },
    stream,
  );
}

/** Written at once: a line that explains a crash must not wait in a buffer. */
function standardOutput(): (line: string) => void {
  const stream = destination({ fd: 1, sync: true });
  return (line) => stream.write(line);
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const coded =
    error instanceof CodedError ? { code: error.code, detail: error.detail, errors: error.errors } : {};
  return { ...stdSerializers.err(error), ...coded };
}
