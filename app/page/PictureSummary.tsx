import type { PicturePhase } from '../lens/lensState.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Readout.module.css';

/** How much was found on a picture, and whether a lower confidence would show more. */
export function PictureSummary({ phase }: { phase: PicturePhase }) {
  const { seen } = useWords();
  if (phase.kind !== 'done') return null;
  const { count, total } = phase;
  const hidden = total - count;
  return (
    <p role="status" className={styles.summary}>
      <b>{count === 0 ? seen.nothingFound : seen.found(count)}</b>
      {hidden > 0 && <span> {seen.lessCertain(hidden)}</span>}
    </p>
  );
}
