import type { PicturePhase } from '../lens/lensState.ts';
import { Spoken } from '../ui/Spoken.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Readout.module.css';

/** How much was found on a picture, and whether a lower confidence would show more. */
export function PictureSummary({ phase }: { phase: PicturePhase }) {
  const { seen } = useWords();
  const isDone = phase.kind === 'done';
  const found = !isDone ? '' : phase.count === 0 ? seen.nothingFound : seen.found(phase.count);
  const hidden = isDone ? phase.total - phase.count : 0;
  const more = hidden > 0 ? ` ${seen.lessCertain(hidden)}` : '';
  return (
    <>
      {/* Both change with each step of the slider. */}
      <Spoken text={found + more} step={phase.kind} />
      {isDone && (
        <p className={styles.summary}>
          <b>{found}</b>
          {more && <span>{more}</span>}
        </p>
      )}
    </>
  );
}
