import { EventEmitter, once } from 'node:events';
import type { Log } from '../telemetry/log.ts';

export interface LoggedLine {
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** A log that tests read and wait for. */
export interface RecordedLog {
  readonly log: Log;
  /** Oldest first. */
  readonly lines: readonly LoggedLine[];
  all(message: string): readonly LoggedLine['fields'][];
  /** Waits until there are this many lines with this message, and gives the fields of the last of them. */
  nth(message: string, count: number): Promise<LoggedLine['fields']>;
  /** Calls the listener within the call that logs. Returns its disposer. */
  on(message: string, listener: (fields: LoggedLine['fields']) => void): () => void;
}

export function recordLog(): RecordedLog {
  const lines: LoggedLine[] = [];
  type Fields = LoggedLine['fields'];
  const arrivals = new EventEmitter();
  const write = (fields: unknown, message?: string) => {
    const line = {
      message: message ?? String(fields),
      fields: typeof fields === 'object' ? { ...fields } : {},
    };
    lines.push(line);
    arrivals.emit('line');
    arrivals.emit(`line: ${line.message}`, line.fields);
  };
  const all = (message: string): Fields[] =>
    lines.filter((line) => line.message === message).map(({ fields }) => fields);
  return {
    log: { debug: write, info: write, warn: write, error: write } as Log,
    lines,
    all,
    async nth(message, count) {
      for (;;) {
        const found = all(message)[count - 1];
        if (found) return found;
        await once(arrivals, 'line');
      }
    },
    on(message, listener) {
      arrivals.on(`line: ${message}`, listener);
      return () => arrivals.off(`line: ${message}`, listener);
    },
  };
}
