import type { PicturePhase } from '../lens/lensState.ts';
import styles from './Readout.module.css';

/** How much was found on a picture, and whether a lower confidence would show more. */
export function PictureSummary({ phase }: { phase: PicturePhase }) {
  if (phase.kind !== 'done') return null;
  const { count, total } = phase;
  const hidden = total - count;
  return (
    <p role="status" className={styles.summary}>
      <b>{count === 0 ? 'Nothing found' : `${count} found`}</b>
      {hidden > 0 && <span> {hidden} less certain</span>}
    </p>
  );
}
