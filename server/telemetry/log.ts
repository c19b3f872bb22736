import pino from 'pino';
import { prettyLines } from './prettyLines.ts';

/** A static message plus fields. Never pixels, tokens, or what a person showed the camera. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** `json`: lines as pino writes them. `google`: as Google Cloud reads them. `pretty`: for a person. */
export type LogFormat = 'json' | 'google' | 'pretty';

export interface LogOptions {
  level: string;
  format: LogFormat;
  /** Where the lines go. Default: standard output. */
  destination?: { write(line: string): void } | undefined;
}

/**
 * Google Cloud takes these names out of a line of JSON:
 * https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
 */
const GOOGLE_SEVERITY: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/** One line for each message. */
export function createLog({ level, format, destination }: LogOptions): Log {
  const out = format === 'pretty' ? prettyLines(destination ?? process.stdout) : destination;
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    ...(format === 'google' && {
      messageKey: 'message',
      formatters: { level: (label: string) => ({ severity: GOOGLE_SEVERITY[label] ?? 'DEFAULT' }) },
    }),
  };
  return out === undefined ? pino(options) : pino(options, out);
}
