'use client';
import { useWords } from '../ui/words/useWords.ts';
import styles from './JoinAddress.module.css';

/** The address at which a camera joins; one that is for this computer only says so. */
export function JoinAddress({ address, isLarge = false }: { address: string; isLarge?: boolean }) {
  const { wall } = useWords();
  const { protocol, hostname } = new URL(address);
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return (
    <div className={styles.root} data-large={isLarge || undefined} data-testid="join">
      <span>{isLarge ? wall.address : wall.addCamera}</span>
      <b translate="no">{address.replace(`${protocol}//`, protocol === 'https:' ? 'https://' : '')}</b>
      {isLarge && isLocal && <p>{wall.localOnly}</p>}
    </div>
  );
}
