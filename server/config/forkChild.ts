import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './childEnvironment.ts';
import { sourceArguments } from './sourceArguments.ts';

/** The entry of a child process. Built, it is a file next to ours; in development and in tests it is TypeScript, as this file is. */
export interface ChildEntry {
  source: URL;
  /** Name of the built file. */
  built: string;
}

export interface ForkOptions {
  /** Additions to `childEnvironment()`. */
  env?: Readonly<Record<string, string>>;
  /** `pipe` where the parent reads it. Default `inherit`. */
  stderr?: 'inherit' | 'pipe' | 'ignore';
}

const isSource = import.meta.url.endsWith('.ts');

/**
 * Starts a process that handles strangers' bytes. It has no secrets in its environment, no standard input or output, and a
 * channel on which bytes are not encoded as JSON.
 * @throws Error where the system refuses another process; other failures are `error` events of the child
 */
export const forkChild = (entry: ChildEntry, { env, stderr = 'inherit' }: ForkOptions = {}): ChildProcess =>
  fork(fileURLToPath(isSource ? entry.source : new URL(entry.built, import.meta.url)), {
    execArgv: isSource ? sourceArguments() : [],
    env: { ...childEnvironment(), ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
