'use client';
import type { DeviceState } from '../../device/library/deviceState.ts';
import type { DownloadConditions } from '../../device/library/downloadConditions.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import type { Words } from '../../ui/words/en.ts';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Downloads.module.css';

const CONDITIONS = ['unmetered', 'charging', 'idle'] as const satisfies readonly (keyof DownloadConditions)[];

export interface DownloadsProps {
  device: DeviceState;
  onConditions(conditions: DownloadConditions): void;
  onClear(): void;
}

/** When models may be downloaded automatically, and the room that they take. */
export function Downloads({ device, onConditions, onClear }: DownloadsProps) {
  const words = useWords();
  const { downloads } = words;
  const { conditions, isPersistent, storage } = device;
  // What is left of a download that was cut, too.
  const isAnythingHere = storage !== undefined && storage.usedBytes > 0;
  return (
    <section className={`${panel.card} ${styles.root}`} aria-label={downloads.title}>
      <fieldset className={styles.conditions}>
        <legend>{downloads.automatically}</legend>
        {CONDITIONS.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              name={name}
              checked={conditions[name]}
              onChange={(event) => onConditions({ ...conditions, [name]: event.currentTarget.checked })}
            />
            {downloads[name]}
          </label>
        ))}
        <p>{downloads.explain}</p>
      </fieldset>
      <div className={styles.storage}>
        <div>
          <h3>{downloads.storage}</h3>
          <p className={styles.used} data-testid="device-storage">
            {storageText(words, storage)}
          </p>
        </div>
        {isAnythingHere && (
          <Confirm
            ask={downloads.clearAsk}
            question={downloads.clearQuestion}
            yes={downloads.clear}
            onYes={onClear}
          />
        )}
      </div>
      {!isPersistent && (
        <p className={panel.note} data-bad>
          <Icon name="warning" size={20} />
          <span>
            <Rich text={downloads.notKept} />
          </span>
        </p>
      )}
    </section>
  );
}

function storageText({ downloads }: Words, storage: DeviceState['storage']): string {
  if (storage === undefined) return downloads.unknown;
  const { usedBytes, availableBytes } = storage;
  return availableBytes === undefined
    ? downloads.used(usedBytes)
    : downloads.usedOf(usedBytes, availableBytes);
}
