'use client';
import { useId } from 'react';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ActionSheet.module.css';
import type { LinkTarget } from './linkTarget.ts';

/** A link that says before it is pressed to which host it leads, and what is odd about it. */
export function LinkAction({ target, name, icon }: { target: LinkTarget; name: string; icon: IconName }) {
  const { actions } = useWords();
  const detailId = useId();
  const { href, warnings } = target;
  return (
    <>
      <a
        className={styles.action}
        href={href}
        target="_blank"
        rel="noopener noreferrer"
        aria-describedby={detailId}
        data-doubtful={warnings.length > 0 || undefined}
      >
        <Icon name={icon} />
        <span>
          {name}
          <small>{actions.opens}</small>
        </span>
      </a>
      <ul id={detailId} className={styles.warnings}>
        {warnings.map((warning) => (
          <li key={warning}>
            <Icon name="warning" size={18} />
            {actions.warnings[warning]}
          </li>
        ))}
      </ul>
    </>
  );
}
