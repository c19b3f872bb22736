import { randomUUID } from 'node:crypto';
import type { ImportOptions, ImportState } from '../../../protocol/models.ts';
import type { Workspace } from '../../disk/workspaces.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import type { Named } from './nameConflict.ts';

/** An import that has not been accepted or removed yet. */
export interface PendingImport {
  state: ImportState;
  readonly options: ImportOptions;
  /** Id of the model that is quantised; undefined where a model is brought. */
  quantizes: string | undefined;
  /** Id of the model that gets other words. */
  wordsOf: string | undefined;
  readonly workspace: Workspace;
  source: SourceFiles | undefined;
  /** Where the version lies that was inspected last. */
  stagedDir: string | undefined;
  /** Tells whether another model would be replaced, for what was inspected last. */
  name: (() => Promise<Named>) | undefined;
  isNew: boolean;
  stop: AbortController;
  /** What goes on in the background; never rejects. */
  work: Promise<void>;
  expiry: NodeJS.Timeout | undefined;
}

export const pendingImport = (options: ImportOptions, workspace: Workspace): PendingImport => ({
  state: { id: randomUUID(), phase: 'receiving' },
  options,
  quantizes: undefined,
  wordsOf: undefined,
  workspace,
  source: undefined,
  stagedDir: undefined,
  name: undefined,
  isNew: false,
  stop: new AbortController(),
  work: Promise.resolve(),
  expiry: undefined,
});

/** It has come to its end, and is kept only to be read. */
export const isDone = ({ phase }: ImportState): boolean =>
  phase === 'live' || phase === 'refused' || phase === 'failed';
