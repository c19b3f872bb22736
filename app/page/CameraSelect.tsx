'use client';
import type { CameraChoice } from '../capture/cameras.ts';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './CameraSelect.module.css';

export interface CameraSelectProps {
  cameras: readonly CameraChoice[];
  current: string | undefined;
  onChoose(id: string): void;
}

/** The choice between several cameras. The browser's own list, which phones show large. */
export function CameraSelect({ cameras, current, onChoose }: CameraSelectProps) {
  const { sources } = useWords();
  return (
    <div className={styles.root}>
      <Icon name="camera" size={20} />
      <select
        aria-label={sources.camera}
        value={current ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {current === undefined && <option value="">{sources.camera}</option>}
        {cameras.map((camera, index) => (
          <option key={camera.id} value={camera.id}>
            {camera.name || sources.cameraNumber(index + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}
