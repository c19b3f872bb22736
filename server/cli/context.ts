import type { Config } from '../config.ts';
import type { ModelStore } from '../models/store.ts';
import type { RunningServer } from './runningServer.ts';
import type { ServerClient } from './serverClient.ts';
import type { Terminal } from './terminal.ts';

/** What every command has. */
export interface CommandContext {
  config: Config;
  store: ModelStore;
  terminal: Terminal;
  signal: AbortSignal;
  /** The server that `--server` names. */
  remote: ServerClient | undefined;
  /** From a path as it was given to an absolute one. */
  resolve(file: string): string;
  /** The server of this machine that serves these models, if it runs. Ask before anything is changed. */
  running(): Promise<RunningServer | undefined>;
}

/** A command did not do what it was asked for; the message says why. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
