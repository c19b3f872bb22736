'use client';
import { type RefObject, useEffect, useState } from 'react';
import { fitRect, type RectPx } from '../../../vision/geometry.ts';
import { middleSquare } from '../../../vision/things/planRegions.ts';
import { ENOUGH_SAMPLES, type Teaching } from '../../things/thingsState.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './TeachRing.module.css';

export interface TeachRingProps {
  /** Undefined: none is taught of what is held up. */
  teaching: Teaching | undefined;
  /** What is on the screen. */
  shown: RefObject<HTMLVideoElement | HTMLImageElement | null>;
  /** What is live and magnified fills the screen, and its middle with it. */
  isMagnified: boolean;
}

/** Where a thing is held up: what is in the ring is learned, and its line says how many samples there are. */
export function TeachRing({ teaching, shown, isMagnified }: TeachRingProps) {
  const { hold } = useWords().things;
  const square = useMiddle(teaching && shown, isMagnified);
  if (teaching === undefined || square === undefined) return null;
  const { left, top, side } = square;
  const samples = teaching.taken?.samples ?? 0;
  return (
    <div className={styles.root} data-testid="teach-ring" aria-hidden="true">
      <div className={styles.ring} style={{ left, top, width: side, height: side }}>
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

/** A square on the page, CSS pixels. */
interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The square in the middle of what is in view; undefined while nothing is. */
function useMiddle(shown: TeachRingProps['shown'] | undefined, isMagnified: boolean): Square | undefined {
  const [square, setSquare] = useState<Square>();
  useEffect(() => {
    const element = shown?.current;
    if (!element) return;
    const measure = () => setSquare(middleOf(element, isMagnified));
    measure();
    const resizes = new ResizeObserver(measure);
    resizes.observe(element);
    // A still picture is magnified by its style.
    const zooms = new MutationObserver(measure);
    zooms.observe(element, { attributes: true, attributeFilter: ['style', 'data-zoomed'] });
    const listening = new AbortController();
    for (const type of ['loadedmetadata', 'resize', 'load'])
      element.addEventListener(type, measure, { signal: listening.signal });
    return () => {
      resizes.disconnect();
      zooms.disconnect();
      listening.abort();
    };
  }, [shown, isMagnified]);
  return square;
}

function middleOf(element: HTMLVideoElement | HTMLImageElement, isMagnified: boolean): Square | undefined {
  const isVideo = element instanceof HTMLVideoElement;
  const width = isVideo ? element.videoWidth : element.naturalWidth;
  const height = isVideo ? element.videoHeight : element.naturalHeight;
  const { clientWidth, clientHeight, parentElement } = element;
  if (width === 0 || clientWidth === 0 || parentElement === null) return undefined;
  const container = { width: clientWidth, height: clientHeight };
  const fit = getComputedStyle(element).objectFit === 'cover' ? 'cover' : 'contain';
  const content = isMagnified ? { x: 0, y: 0, ...container } : fitRect({ width, height }, container, fit);
  const placed = element.getBoundingClientRect();
  const scale = placed.width / clientWidth;
  const onPage = {
    x: placed.left + content.x * scale,
    y: placed.top + content.y * scale,
    width: content.width * scale,
    height: content.height * scale,
  };
  const stage = parentElement.getBoundingClientRect();
  const view = element.hasAttribute('data-zoomed') ? intersect(onPage, stage) : onPage;
  if (view === undefined) return undefined;
  const most = Math.min(stage.width, stage.height) * MOST_OF_SCREEN;
  const side = Math.min(most, middleSquare(view)[2] * view.width);
  return {
    left: view.x + (view.width - side) / 2,
    top: view.y + (view.height - side) / 2,
    side,
  };
}

function intersect(a: RectPx, b: RectPx): RectPx | undefined {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
