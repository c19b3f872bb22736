'use client';
import { useId } from 'react';
import { PLACE_MODES, type PlaceMode } from '../recognizers/place.ts';
import styles from './ModeChoice.module.css';

/** The three positions, in words. */
export const MODES = {
  auto: { name: 'Auto', means: 'Whichever does better right now.' },
  server: { name: 'Server', means: 'Always there. Needs the network.' },
  device: { name: 'This device', means: 'Always here. No frame leaves it.' },
} as const satisfies Record<PlaceMode, { name: string; means: string }>;

/** The three positions, each with what it means. */
export function ModeChoice({ mode, onMode }: { mode: PlaceMode; onMode(mode: PlaceMode): void }) {
  const id = useId();
  return (
    <fieldset className={styles.root}>
      <legend>Where frames are looked at</legend>
      {PLACE_MODES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name={id}
            value={one}
            checked={one === mode}
            aria-labelledby={`${id}-${one}`}
            aria-describedby={`${id}-${one}-means`}
            onChange={() => onMode(one)}
          />
          <b id={`${id}-${one}`}>{MODES[one].name}</b>
          <small id={`${id}-${one}-means`}>{MODES[one].means}</small>
        </label>
      ))}
    </fieldset>
  );
}
