'use client';
import type { DeviceState, DownloadConditions } from '../../device/deviceState.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import { bytesInWords } from '../../ui/values.ts';
import styles from './Downloads.module.css';

const CONDITIONS = [
  { name: 'unmetered', text: 'only on an unmetered network' },
  { name: 'charging', text: 'only while charging' },
  { name: 'idle', text: 'only while idle' },
] as const satisfies readonly { name: keyof DownloadConditions; text: string }[];

export interface DownloadsProps {
  device: DeviceState;
  onConditions(conditions: DownloadConditions): void;
  onClear(): void;
}

/** When models may be downloaded automatically, and the room that they take. */
export function Downloads({ device, onConditions, onClear }: DownloadsProps) {
  const { conditions, keeps, storage } = device;
  // What is left of a download that was cut, too.
  const isAnythingHere = storage !== undefined && storage.usedBytes > 0;
  return (
    <section className={`${panel.card} ${styles.root}`} aria-label="Downloads and storage">
      <fieldset className={styles.conditions}>
        <legend>Download automatically …</legend>
        {CONDITIONS.map(({ name, text }) => (
          <label key={name}>
            <input
              type="checkbox"
              name={name}
              checked={conditions[name]}
              onChange={(event) => onConditions({ ...conditions, [name]: event.currentTarget.checked })}
            />
            {text}
          </label>
        ))}
        <p>
          What you ask for is downloaded at once. A condition that this browser can’t check counts as not met.
        </p>
      </fieldset>
      <div className={styles.storage}>
        <div>
          <h3>Storage</h3>
          <p className={styles.used} data-testid="device-storage">
            {storageInWords(storage)}
          </p>
        </div>
        {isAnythingHere && (
          <Confirm
            ask="Clear all …"
            question="Remove all models from this device? It can’t run any until they are downloaded again."
            yes="Clear all"
            onYes={onClear}
          />
        )}
      </div>
      {!keeps && (
        <p className={panel.note} data-bad>
          <Icon name="warning" size={20} />
          <span>
            This browser stores nothing for this page: models are gone when it is closed. Browsers store them
            for pages from <code>https://</code> or <code>localhost</code>, and outside private windows.
          </span>
        </p>
      )}
    </section>
  );
}

function storageInWords(storage: DeviceState['storage']): string {
  if (storage === undefined) return 'Not available in this browser.';
  const { usedBytes, availableBytes } = storage;
  const used = `${bytesInWords(usedBytes)} used`;
  if (availableBytes === undefined) return `${used}.`;
  return `${used}, ${bytesInWords(availableBytes)} more available.`;
}
