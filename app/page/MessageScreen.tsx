'use client';
import type { ReactNode } from 'react';
import { DeviceCheckLink } from '../ui/DeviceCheckLink.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import styles from './MessageScreen.module.css';
import { SourceRow } from './SourceRow.tsx';
import type { SourceChoice } from './useSources.tsx';

export interface MessageScreenProps {
  icon: IconName;
  title: string;
  /** What happened, and what to do. */
  children: ReactNode;
  action?: { name: string; isQuiet?: boolean; onClick(): void };
  /** Other sources to open. */
  sources?: readonly SourceChoice[];
  /** Something went wrong: said at once by a screen reader. */
  isAlert?: boolean;
  /** Appears only if the state lasts, so that a quick change does not flash. */
  isPatient?: boolean;
  /** Leaves room for the control bar. */
  hasControls?: boolean;
}

/** A state that has nothing to show but words: one icon, one title, what to do. */
export function MessageScreen(props: MessageScreenProps) {
  const { icon, title, children, action, sources } = props;
  return (
    <section
      className={styles.root}
      role={props.isAlert ? 'alert' : 'status'}
      data-patient={props.isPatient || undefined}
      data-controls={props.hasControls || undefined}
    >
      <div className={styles.icon}>
        <Brackets />
        <Icon name={icon} size={36} />
      </div>
      <h2>{title}</h2>
      <div className={styles.text}>{children}</div>
      {action && (
        <button
          type="button"
          className={styles.action}
          data-quiet={action.isQuiet || undefined}
          onClick={action.onClick}
        >
          {action.name}
        </button>
      )}
      {sources && <SourceRow sources={sources} />}
      {props.isAlert && <DeviceCheckLink />}
    </section>
  );
}

/** The corner brackets of a label box. */
function Brackets() {
  return (
    <svg
      viewBox="0 0 96 96"
      fill="none"
      stroke="currentColor"
      strokeWidth="4"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M3 25V15A12 12 0 0 1 15 3h10M71 3h10a12 12 0 0 1 12 12v10M93 71v10a12 12 0 0 1-12 12H71M25 93H15A12 12 0 0 1 3 81V71" />
    </svg>
  );
}
