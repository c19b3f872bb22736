'use client';
import type { CameraControls, ZoomControl } from '../capture/controls/cameraControls.ts';
import type { CameraChange } from '../capture/controls/cameraSetter.ts';
import { Icon } from '../ui/Icon.tsx';
import { RangeSlider } from '../ui/RangeSlider.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './CameraSheet.module.css';

export interface CameraSheetProps {
  controls: CameraControls;
  /** Undefined where this device cannot vibrate. */
  vibrates: boolean | undefined;
  isOpen: boolean;
  onClose(): void;
  onChange(change: CameraChange): void;
  onVibrates(vibrates: boolean): void;
}

/** Whether there is anything to set. */
export const hasCameraSettings = (controls: CameraControls, vibrates: boolean | undefined): boolean =>
  controls.torch !== undefined ||
  controls.zoom !== undefined ||
  controls.hasPoint ||
  controls.resolution !== undefined ||
  vibrates !== undefined;

/** What a person can set on the camera that is shown: only what it has. */
export function CameraSheet(props: CameraSheetProps) {
  const { controls, vibrates, isOpen, onClose, onChange, onVibrates } = props;
  const { cameraControls } = useWords();
  const { torch, zoom, resolution, hasPoint } = controls;
  return (
    <Sheet title={cameraControls.title} data-testid="camera-panel" isOpen={isOpen} onClose={onClose}>
      <div className={styles.root}>
        {torch !== undefined && (
          <button
            type="button"
            className={styles.torch}
            aria-pressed={torch}
            onClick={() => onChange({ kind: 'torch', isOn: !torch })}
          >
            <Icon name="torch" />
            {torch ? cameraControls.torchOn : cameraControls.torch}
          </button>
        )}
        {zoom && <Zoom zoom={zoom} onZoom={(to) => onChange({ kind: 'zoom', zoom: to })} />}
        {resolution && (
          <fieldset className={styles.sizes}>
            <legend>{cameraControls.resolution}</legend>
            <div>
              {resolution.choices.map((height) => (
                <label key={height}>
                  <input
                    type="radio"
                    name="resolution"
                    checked={height === resolution.current}
                    onChange={() => onChange({ kind: 'resolution', resolution: height })}
                  />
                  <span>{cameraControls.resolutionName(height)}</span>
                </label>
              ))}
            </div>
            <p>{cameraControls.resolutionText}</p>
          </fieldset>
        )}
        {vibrates !== undefined && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={vibrates}
              onChange={(event) => onVibrates(event.currentTarget.checked)}
            />
            {cameraControls.vibrates}
          </label>
        )}
        {(zoom || hasPoint) && (
          <p className={styles.hint}>
            {zoom && cameraControls.pinch} {hasPoint && cameraControls.tap}
          </p>
        )}
        {!hasCameraSettings(controls, vibrates) && <p className={styles.hint}>{cameraControls.nothing}</p>}
      </div>
    </Sheet>
  );
}

function Zoom({ zoom, onZoom }: { zoom: ZoomControl; onZoom(to: number): void }) {
  const { cameraControls } = useWords();
  const { min, max, step, value } = zoom;
  const text = cameraControls.zoomValue(value / min);
  return (
    <RangeSlider
      name={cameraControls.zoom}
      min={min}
      max={max}
      step={step}
      value={value}
      text={text}
      spoken={text}
      onChange={onZoom}
    />
  );
}
