import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { ModelFolder } from '../library/modelFolder.ts';

interface Resident {
  readonly folder: ModelFolder;
  /** What it takes in a worker. */
  readonly bytes: number;
  /** When a client last asked for it. */
  readonly usedAtMs: number;
  /** Whether workers hold it now. */
  readonly isLoaded: boolean;
}

/** A model counts as in use for this time after a client asked for it, ms: a still scene sends a frame every 20 s. */
const IN_USE_MS = 60_000;

/**
 * Which models workers should hold: the wanted one, and of the others as many as there is room for, those that were
 * used last.
 * @throws CodedError `server_busy` when models that are in use, or are to stay, would have to go
 */
export function chooseLoaded(question: {
  wanted: Pick<Resident, 'folder' | 'bytes'> | undefined;
  others: readonly Resident[];
  maxBytes: number;
  nowMs: number;
  /** None of those that are loaded may go. Default: those that no one uses may */
  keepsLoaded?: boolean | undefined;
}): readonly ModelFolder[] {
  const { wanted, others, maxBytes, nowMs, keepsLoaded } = question;
  let left = maxBytes - (wanted?.bytes ?? 0);
  const kept = wanted ? [wanted.folder] : [];
  for (const { folder, bytes, usedAtMs, isLoaded } of [...others].sort((a, b) => b.usedAtMs - a.usedAtMs)) {
    if (bytes <= left || kept.length === 0) {
      kept.push(folder);
      left -= bytes;
    } else if (isLoaded && keepsLoaded) {
      throw new CodedError(
        'server_busy',
        aboutModels('no_room_beside', { id: wanted?.folder.manifest.id ?? '' }),
      );
    } else if (isLoaded && nowMs - usedAtMs < IN_USE_MS) {
      throw new CodedError('server_busy', aboutModels('no_room', { id: folder.manifest.id }));
    }
  }
  return kept;
}

/** What a model takes that was never loaded: weights, and as much again to work with. */
export const guessBytes = (graphBytes: number): number => 2 * graphBytes;
