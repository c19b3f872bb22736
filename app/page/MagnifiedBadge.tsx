'use client';
import { Spoken } from '../ui/Spoken.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './MagnifiedBadge.module.css';

/** Says by how much a moving picture is magnified, and shows all of it again with one press. */
export function MagnifiedBadge({ scale, onReset }: { scale: number; onReset(): void }) {
  const { stage } = useWords();
  return (
    <>
      <Spoken text={scale > 1 ? stage.magnified(scale) : ''} step={String(scale > 1)} />
      <div>
        {scale > 1 && (
          <div className={styles.root} data-testid="magnified-badge">
            <p>{stage.magnified(scale)}</p>
            <button type="button" aria-label={stage.showAllName} title={stage.showAllName} onClick={onReset}>
              {stage.showAll}
            </button>
          </div>
        )}
      </div>
    </>
  );
}
