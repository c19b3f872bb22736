'use client';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './DemoBadge.module.css';

/** Says that what is shown is the built-in footage, and no camera. */
export function DemoBadge({ isShown }: { isShown: boolean }) {
  const { demo } = useWords();
  return (
    <div role="status">
      {isShown && (
        <p className={styles.root} data-testid="demo-badge">
          <Icon name="demo" size={18} />
          {demo.badge}
        </p>
      )}
    </div>
  );
}
