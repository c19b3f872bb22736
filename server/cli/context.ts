import type { Config } from '../config/config.ts';
import type { ModelStore } from '../library/store.ts';
import type { OwnServers, ServerClient } from './ownServers.ts';
import type { RunningServer } from './runningServer.ts';
import type { Terminal } from './terminal.ts';

/** What every command has. */
export interface CommandContext {
  config: Config;
  store: ModelStore;
  terminal: Terminal;
  signal: AbortSignal;
  servers: OwnServers;
  /** The server that `--server` names. */
  remote: ServerClient | undefined;
  /** From a path as it was given to an absolute one. */
  resolve(file: string): string;
  /** Runs work that excludes every other command on the same models; waits for them, and reports that it waits. */
  runExclusive<T>(kind: 'import' | 'change', work: () => Promise<T>): Promise<T>;
  /** The server of this machine that serves these models, if it runs. Ask before anything is changed, within `runExclusive`. */
  running(): Promise<RunningServer | undefined>;
}

/** Someone ended a command after it changed something; the message says what is, and how to undo it. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Runs what follows a change. On an interruption the person reads `statusText`. */
export async function afterChange<T>(
  signal: AbortSignal,
  statusText: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw signal.aborted ? new Interrupted(statusText, { cause }) : cause;
  }
}

/** A command did not do what it was asked for; the message says why. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
