'use client';
import { useState } from 'react';
import type { DeviceModelState } from '../../device/deviceState.ts';
import type { PlaceReport } from '../../recognizers/place.ts';
import { placeInWords } from '../../recognizers/placeWords.ts';
import { Icon } from '../../ui/Icon.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { percentHere } from './deviceWords.ts';
import { MODES } from './ModeChoice.tsx';
import styles from './PlaceBadge.module.css';

export interface PlaceBadgeProps {
  report: PlaceReport;
  /** Something is shown to be analysed; else no labels come, and what was chosen is told. */
  isShowing: boolean;
  /** The model that is used, on this device; undefined if nothing is known of it here. */
  model: DeviceModelState | undefined;
  /** Opens the panel. */
  onOpen(): void;
}

/** Where labels come from now, and why. */
export function PlaceBadge({ report, isShowing, model, onOpen }: PlaceBadgeProps) {
  const { mode, place, reason } = report;
  const { why, ...words } = placeInWords(report);
  const title = isShowing ? words.title : MODES[mode].name;
  const progress = reason.kind === 'device-preparing' && model ? percentHere(model.phase) : undefined;
  // All is as it was expected: no word about it, the panel has it.
  const isCalm =
    !isShowing || (place === 'server' && (reason.kind === 'healthy' || reason.kind === 'starting'));
  const what = `${place} ${isCalm ? 'calm' : reason.kind}`;
  const [said, setSaid] = useState({ what, words: '' });
  // A screen reader hears of a change of place or reason, and not of each figure that changes with it.
  if (said.what !== what) setSaid({ what, words: `Labels come from: ${title}, ${why}` });
  return (
    <>
      <button
        type="button"
        className={styles.root}
        data-testid="place"
        data-place={place}
        data-mode={mode}
        data-reason={reason.kind}
        data-switches={report.switches}
        data-device={model?.phase.kind}
        aria-haspopup="dialog"
        onClick={onOpen}
      >
        <span className={hidden.srOnly}>Labels come from: </span>
        <span key={place} className={styles.words}>
          <Icon name={place} size={20} />
          <b>{title}</b>
          {!isCalm && <span className={styles.why}> {why}</span>}
          {progress && <span className={styles.progress}> {progress}</span>}
        </span>
      </button>
      <span role="status" className={hidden.srOnly}>
        {said.words}
      </span>
    </>
  );
}
