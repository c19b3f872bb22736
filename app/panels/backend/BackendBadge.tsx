'use client';
import { useState } from 'react';
import type { DeviceModelState } from '../../device/library/deviceState.ts';
import type { BackendReport } from '../../recognizers/backend.ts';
import { Icon } from '../../ui/Icon.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './BackendBadge.module.css';
import { percentHere } from './deviceText.ts';
import { labelSource } from './labelSource.ts';

export interface BackendBadgeProps {
  report: BackendReport;
  /** Codes are read, and nothing else. */
  areCodes: boolean;
  /** Something is shown to be analysed; else no labels come, and the badge shows what was chosen. */
  isShowing: boolean;
  /** The model that is used, on this device; undefined if nothing is known of it here. */
  model: DeviceModelState | undefined;
  /** Opens the panel. */
  onOpen(): void;
}

/** Where labels come from now, and why. */
export function BackendBadge({ report, areCodes, isShowing, model, onOpen }: BackendBadgeProps) {
  const words = useWords();
  const { backendModes, backendPanel } = words;
  const { mode, reason } = report;
  const because = labelSource(words, report, areCodes);
  const { backend, why } = because;
  const title = isShowing ? because.title : backendModes[mode].name;
  const isPreparing = !areCodes && reason.kind === 'device-preparing';
  const progress = isPreparing && model ? percentHere(words, model.phase) : undefined;
  // All is as expected: the badge shows nothing; the panel has it.
  const isCalm =
    !isShowing || (backend === 'server' && (reason.kind === 'healthy' || reason.kind === 'starting'));
  const what = `${backend} ${isCalm ? 'calm' : areCodes ? 'codes' : reason.kind}`;
  const [spoken, setSpoken] = useState({ what, text: '' });
  // A screen reader hears of a change of place or reason, and not of each figure that changes with it.
  if (spoken.what !== what) {
    setSpoken({ what, text: `${backendPanel.labelsFrom}${title}${words.seen.separator}${why}` });
  }
  return (
    <>
      <button
        type="button"
        className={styles.root}
        data-testid="place"
        data-backend={backend}
        data-mode={mode}
        data-reason={reason.kind}
        data-switches={report.switches}
        data-device={model?.phase.kind}
        aria-haspopup="dialog"
        onClick={onOpen}
      >
        <span className={hidden.srOnly}>{backendPanel.labelsFrom}</span>
        <span key={backend} className={styles.words}>
          <Icon name={backend} size={20} />
          <b>{title}</b>
          {!isCalm && <span className={styles.why}> {why}</span>}
          {progress && <span className={styles.progress}> {progress}</span>}
        </span>
      </button>
      <span role="status" className={hidden.srOnly}>
        {spoken.text}
      </span>
    </>
  );
}
