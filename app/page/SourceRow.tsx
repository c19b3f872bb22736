'use client';
import { Icon } from '../ui/Icon.tsx';
import styles from './SourceRow.module.css';
import type { SourceChoice } from './useSources.tsx';

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
