'use client';
import { useEffect, useId, useRef, useState } from 'react';
import type { StreamReading } from '../lens/streamMeter.ts';
import { type ReadDetail, StreamPanel } from '../panels/stream/StreamPanel.tsx';
import type { Backend } from '../recognizers/recognizer.ts';
import { pressedKey } from '../ui/pressedKey.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Readout.module.css';

const REFRESH_MS = 500;

export interface ReadoutProps {
  read: () => StreamReading;
  readDetail: ReadDetail;
  connection: string;
  /** Where the model runs. */
  backend: Backend;
  /** Codes are read, and nothing else: on this device. */
  areCodes: boolean;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
}

/** Labels per second (readings of codes, where they are all), and the time from the capture of a frame to its labels on screen; pressed, where it comes from. */
export function Readout({
  read,
  readDetail,
  connection,
  backend,
  areCodes,
  isOpen,
  onOpenChange,
}: ReadoutProps) {
  const [reading, setReading] = useState<StreamReading>(read);
  const { readout, units, format } = useWords();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  useEffect(() => {
    const timer = setInterval(() => setReading(read()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [read]);
  useEffect(() => {
    if (!isOpen) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (pressedKey(event) !== 'Escape' || document.querySelector('dialog[open]')) return;
      // Focus that was inside would be lost with the panel.
      if (root.current?.contains(document.activeElement)) button.current?.focus();
      onOpenChange(false);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [isOpen, onOpenChange]);
  const age = reading.ageMs === undefined ? undefined : Math.round(reading.ageMs);
  return (
    <div ref={root} className={styles.anchor}>
      <button
        ref={button}
        type="button"
        className={styles.root}
        data-testid="readout"
        data-rate={reading.ratePerS.toFixed(1)}
        data-age-ms={age ?? ''}
        data-still={reading.isStill || undefined}
        data-connection={connection}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        onClick={() => onOpenChange(!isOpen)}
      >
        {reading.isStill && connection === 'open' ? (
          <span>
            <b>{readout.still}</b>
            <span className={styles.unit}>{readout.labelsHold}</span>
          </span>
        ) : (
          <span>
            <b>{format.number(reading.ratePerS)}</b>{' '}
            <span className={styles.unit}>{readout.labels(reading.ratePerS)}</span>
            {readout.perSecond}
            <b>{age === undefined ? '–' : format.number(age)}</b> {units.ms}
          </span>
        )}
      </button>
      {isOpen && <StreamPanel id={panelId} read={readDetail} backend={backend} areCodes={areCodes} />}
    </div>
  );
}
