'use client';
import type { Adding } from '../../things/thingsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './AddedPictures.module.css';
import { ThingsProblemText } from './ThingsProblem.tsx';

/** Refused files that are named. */
const SHOWN = 5;

/** How far pictures of a disk are added, and which of them were not. */
export function AddedPictures({ adding, onClose }: { adding: Adding; onClose(): void }) {
  const { things, common } = useWords();
  const { done, total, refused } = adding;
  const isDone = done === total;
  return (
    <div className={styles.root}>
      <div>
        {!isDone && <p>{things.adding(done, total)}</p>}
        {/* Said at the end, and for each that is refused: not for each that is added. */}
        <div role="status">
          {isDone && <p>{things.added(total - refused.length)}</p>}
          {refused.length > 0 && (
            <>
              <p>{things.refused(refused.length)}</p>
              <ul>
                {refused.slice(0, SHOWN).map(({ file, problem }) => (
                  <li key={file}>
                    <b>{file}</b> <ThingsProblemText problem={problem} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
      {isDone ? (
        <button type="button" aria-label={common.dismiss} onClick={onClose}>
          <Icon name="close" size={20} />
        </button>
      ) : (
        <ProgressBar name={things.adding(done, total)} share={done / total} />
      )}
    </div>
  );
}
