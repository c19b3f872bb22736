'use client';
import { useId } from 'react';
import { PLACE_MODES, type PlaceMode } from '../../recognizers/place.ts';
import hidden from '../../ui/SrOnly.module.css';
import styles from './ModeChoice.module.css';

/** The three positions, in words. */
export const MODES = {
  auto: { name: 'Auto', means: 'Uses whichever answers better.' },
  server: { name: 'Server', means: 'Analysed on the server. Needs the network.' },
  device: { name: 'This device', means: 'No frame leaves this device.' },
} as const satisfies Record<PlaceMode, { name: string; means: string }>;

/** The three positions, each with what it means. */
export function ModeChoice({ mode, onMode }: { mode: PlaceMode; onMode(mode: PlaceMode): void }) {
  const id = useId();
  return (
    <fieldset className={styles.root}>
      <legend className={hidden.srOnly}>Where frames are analysed</legend>
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
