'use client';
import styles from './DeviceCheckLink.module.css';
import { Icon } from './Icon.tsx';
import { useWords } from './words/useWords.ts';

/** Leads to the page that finds out what is wrong. */
export function DeviceCheckLink() {
  const { doctor } = useWords();
  return (
    <a className={styles.root} href="./doctor">
      <Icon name="shield" size={20} />
      {doctor.title}
    </a>
  );
}
