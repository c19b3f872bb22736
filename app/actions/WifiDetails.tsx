'use client';
import { useState } from 'react';
import type { WifiNetwork } from '../../vision/codes/wifi.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ActionSheet.module.css';

/** A wireless network. Its password is hidden until it is asked for: others may see the screen. */
export function WifiDetails({ network, onCopy }: { network: WifiNetwork; onCopy(text: string): void }) {
  const { wifi } = useWords().actions;
  const [isShown, setShown] = useState(false);
  const { name, password, security, isHidden } = network;
  return (
    <div className={styles.details}>
      <dl>
        <dt>{wifi.network}</dt>
        <dd dir="auto">{name}</dd>
        <dt>{wifi.security}</dt>
        <dd>{security ?? wifi.open}</dd>
        {password !== undefined && (
          <>
            <dt>{wifi.password}</dt>
            <dd data-testid="wifi-password">{isShown ? password : '••••••••'}</dd>
          </>
        )}
      </dl>
      {password !== undefined && (
        <div className={styles.buttons}>
          <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? wifi.hide : wifi.show}
          </button>
          <button type="button" onClick={() => onCopy(password)}>
            {wifi.copyPassword}
          </button>
        </div>
      )}
      <p>{isHidden ? wifi.hidden : wifi.howTo}</p>
    </div>
  );
}
