'use client';
import styles from './HomeLink.module.css';
import { Icon } from './Icon.tsx';

/** Leads from another page of this server to the camera. */
export function HomeLink() {
  return (
    <a className={styles.root} href="./">
      <Icon name="camera" size={20} />
      Livelens
    </a>
  );
}
