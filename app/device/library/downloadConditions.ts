import { localEntries } from '../../browser/storage.ts';

const NAME = 'downloadWhen';

/** When models may be downloaded automatically. A condition of which the browser gives no information counts as not met. */
export interface DownloadConditions {
  readonly unmetered: boolean;
  readonly charging: boolean;
  readonly idle: boolean;
}

/** The conditions that a person has set: all of those named must be met. */
export function readDownloadConditions(): DownloadConditions {
  const named = new Set(localEntries.read(NAME)?.split(','));
  return { unmetered: named.has('unmetered'), charging: named.has('charging'), idle: named.has('idle') };
}

export function rememberDownloadConditions(conditions: DownloadConditions): void {
  const named = Object.entries(conditions).filter(([, isSet]) => isSet);
  localEntries.write(NAME, named.length === 0 ? undefined : named.map(([name]) => name).join(','));
}
