import styles from './Overlay.module.css';

/**
 * An element whose transform is written for each picture, around what is drawn: it has no other style, so that moving it
 * costs the page next to nothing.
 *
 * @param layer how far up what it moves lies
 */
export function makeMover(layer?: 'chipMover' | 'dotMover' | 'leaderMover'): HTMLElement {
  const mover = document.createElement('div');
  mover.className = layer === undefined ? (styles.mover ?? '') : `${styles.mover} ${styles[layer]}`;
  return mover;
}
