import { localEntries } from '../browser/storage.ts';
import { BACKEND_MODES, type BackendMode } from '../recognizers/backend.ts';
import { CODES_MODES, type CodesMode } from './modes.ts';

const { read, write } = localEntries;

/** What the page remembers for the next visit, on this device only. */
export interface Preferences {
  /** The model that a person chose. */
  modelId: string | undefined;
  cameraId: string | undefined;
  /** Ids of the secondary models, separated by commas. */
  secondary: string | undefined;
  /** Whether codes are read. */
  codes: CodesMode | undefined;
  /** Whether a phone ticks when something is locked. */
  vibrate: boolean;
  /** Which backend analyses frames. */
  backend: BackendMode;
}

/** Names of the entries, which stay as they are: browsers hold what people chose years ago. */
const STORED = {
  modelId: 'modelId',
  cameraId: 'cameraId',
  secondary: 'also',
  backend: 'place',
  codes: 'codes',
  vibrate: 'vibrate',
} as const;

export function readPreferences(): Preferences {
  const chosen = read(STORED.backend);
  const codes = read(STORED.codes);
  return {
    modelId: read(STORED.modelId),
    cameraId: read(STORED.cameraId),
    secondary: read(STORED.secondary),
    codes: CODES_MODES.find((mode) => mode === codes),
    vibrate: read(STORED.vibrate) !== 'false',
    backend: BACKEND_MODES.find((mode) => mode === chosen) ?? 'auto',
  };
}

/** The lowest score to show of what a model sees: each has scores of its own kind. Undefined: of the server's choice. */
export function readMinScore(modelId: string | undefined): number | undefined {
  const minScore = Number(read(minScoreOf(modelId)) ?? Number.NaN);
  return minScore >= 0 && minScore <= 1 ? minScore : undefined;
}

export function rememberMinScore(modelId: string | undefined, minScore: number): void {
  write(minScoreOf(modelId), String(minScore));
}

export function rememberPreference<Name extends keyof Preferences>(
  name: Name,
  value: Preferences[Name],
): void {
  write(STORED[name], value === undefined ? undefined : String(value));
}

/** A person's choice to mirror a camera or not, by camera; undefined: as the camera faces. */
export function readMirrored(cameraId: string | undefined): boolean | undefined {
  const value = read(`mirrored.${cameraId}`);
  return value === undefined ? undefined : value === 'true';
}

export function rememberMirrored(cameraId: string | undefined, mirrored: boolean): void {
  write(`mirrored.${cameraId}`, String(mirrored));
}

const minScoreOf = (modelId: string | undefined) =>
  modelId === undefined ? 'minScore' : `minScore.${modelId}`;
