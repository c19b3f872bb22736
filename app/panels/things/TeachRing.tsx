'use client';
import { type RefObject, useEffect, useState } from 'react';
import { fitRect } from '../../../vision/geometry.ts';
import { middleSquare } from '../../../vision/things/planRegions.ts';
import { ENOUGH_SAMPLES, type Teaching } from '../../things/thingsState.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './TeachRing.module.css';

export interface TeachRingProps {
  /** Undefined: none is taught of what is held up. */
  teaching: Teaching | undefined;
  /** What is on the screen. */
  shown: RefObject<HTMLVideoElement | HTMLImageElement | null>;
  /** What is magnified fills the screen, and its middle with it. */
  isMagnified: boolean;
}

/** Where a thing is held up: what is in the ring is learned, and its line says how many samples there are. */
export function TeachRing({ teaching, shown, isMagnified }: TeachRingProps) {
  const { hold } = useWords().things;
  const sidePx = useMiddleSide(teaching && shown, isMagnified);
  if (teaching === undefined || sidePx === undefined) return null;
  const samples = teaching.taken?.samples ?? 0;
  return (
    <div className={styles.root} data-testid="teach-ring" aria-hidden="true">
      <div className={styles.ring} style={{ width: sidePx, height: sidePx }}>
        <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
          <circle className={styles.halo} cx="50" cy="50" r="48" pathLength="1" />
          <circle className={styles.track} cx="50" cy="50" r="48" pathLength="100" />
          <circle
            className={styles.progress}
            cx="50"
            cy="50"
            r="48"
            pathLength="1"
            strokeDasharray={`${Math.min(1, samples / ENOUGH_SAMPLES)} 1`}
          />
        </svg>
        {/* Another one for each sample: it flashes as it comes. */}
        {samples > 0 && <i key={samples} />}
        {samples === 0 && <span>{hold}</span>}
      </div>
    </div>
  );
}

/** The whole ring is seen: its side at most, in 0..1 of the screen's shorter side. */
const MOST_OF_SCREEN = 0.92;

/** Side of the square in the middle of what is shown, CSS pixels; undefined while nothing is. */
function useMiddleSide(shown: TeachRingProps['shown'] | undefined, isMagnified: boolean): number | undefined {
  const [side, setSide] = useState<number>();
  useEffect(() => {
    const element = shown?.current;
    if (!element) return;
    const measure = () => {
      const isVideo = element instanceof HTMLVideoElement;
      const width = isVideo ? element.videoWidth : element.naturalWidth;
      const height = isVideo ? element.videoHeight : element.naturalHeight;
      const { clientWidth, clientHeight } = element;
      if (width === 0 || clientWidth === 0) return setSide(undefined);
      const container = { width: clientWidth, height: clientHeight };
      const fit = getComputedStyle(element).objectFit === 'cover' ? 'cover' : 'contain';
      const content = isMagnified ? container : fitRect({ width, height }, container, fit);
      const most = Math.min(clientWidth, clientHeight) * MOST_OF_SCREEN;
      setSide(Math.min(most, middleSquare(content)[2] * content.width));
    };
    measure();
    const resizes = new ResizeObserver(measure);
    resizes.observe(element);
    const listening = new AbortController();
    for (const type of ['loadedmetadata', 'resize', 'load'])
      element.addEventListener(type, measure, { signal: listening.signal });
    return () => {
      resizes.disconnect();
      listening.abort();
    };
  }, [shown, isMagnified]);
  return side;
}
