'use client';
import { Icon } from '../controls/Icon.tsx';
import type { SourceChoice } from '../controls/useSources.tsx';
import styles from './SourceRow.module.css';

/** Sources side by side, one tap each. */
export function SourceRow({
  sources,
  disabled = false,
}: {
  sources: readonly SourceChoice[];
  disabled?: boolean;
}) {
  return (
    <nav className={styles.root} aria-label="Other sources">
      {sources.map((source) => (
        <button key={source.id} type="button" disabled={disabled} onClick={source.choose}>
          <Icon name={source.icon} />
          {source.name}
        </button>
      ))}
    </nav>
  );
}
