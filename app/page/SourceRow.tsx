'use client';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
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
  const { about } = useWords();
  return (
    <nav className={styles.root} aria-label={about.otherSources}>
      {sources.map((source) => (
        <button key={source.id} type="button" disabled={disabled} onClick={source.choose}>
          <Icon name={source.icon} />
          {source.name}
        </button>
      ))}
    </nav>
  );
}
