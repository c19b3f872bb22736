'use client';
import type { CameraChoice } from '../capture/cameras.ts';
import { Icon } from '../ui/Icon.tsx';
import styles from './CameraSelect.module.css';

export interface CameraSelectProps {
  cameras: readonly CameraChoice[];
  current: string | undefined;
  onChoose(id: string): void;
}

/** The choice between several cameras. The browser's own list, which phones show large. */
export function CameraSelect({ cameras, current, onChoose }: CameraSelectProps) {
  return (
    <div className={styles.root}>
      <Icon name="camera" size={20} />
      <select
        aria-label="Camera"
        value={current ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {current === undefined && <option value="">Camera</option>}
        {cameras.map((camera) => (
          <option key={camera.id} value={camera.id}>
            {camera.name}
          </option>
        ))}
      </select>
    </div>
  );
}
