'use client';
import { useWords } from '../ui/words/useWords.ts';
import styles from './MagnifiedBadge.module.css';

/** Says by how much a moving picture is magnified, and shows all of it again with one press. */
export function MagnifiedBadge({ scale, onReset }: { scale: number; onReset(): void }) {
  const { stage } = useWords();
  return (
    <div role="status">
      {scale > 1 && (
        <div className={styles.root} data-testid="magnified-badge">
          <p>{stage.magnified(scale)}</p>
          <button type="button" aria-label={stage.showAllName} title={stage.showAllName} onClick={onReset}>
            {stage.showAll}
          </button>
        </div>
      )}
    </div>
  );
}
