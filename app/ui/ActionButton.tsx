'use client';
import styles from './ActionButton.module.css';
import { Icon, type IconName } from './Icon.tsx';

export interface ActionButtonProps {
  icon: IconName;
  name: string;
  onClick(): void;
}

/** What can be done with what a bar is about: its name stands below its symbol. */
export function ActionButton({ icon, name, onClick }: ActionButtonProps) {
  return (
    <button type="button" className={styles.root} onClick={onClick}>
      <Icon name={icon} size={20} />
      {name}
    </button>
  );
}
