'use client';
import type { Adding } from '../../things/thingsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './AddedPictures.module.css';
import { ThingsProblemText } from './ThingsProblem.tsx';

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
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys */}
              <ul tabIndex={0} aria-label={things.refused(refused.length)}>
                {refused.map(({ file, problem }, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and none is ever taken out
                  <li key={at}>
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
