'use client';
import { useEffect, useRef, useState } from 'react';
import { enterFullscreen } from '../browser/fullscreen.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { holdWakeLock } from '../lens/wakeLock.ts';
import { Icon } from '../ui/Icon.tsx';
import hidden from '../ui/SrOnly.module.css';
import { usePage } from '../ui/usePage.ts';
import { drawCard } from './drawCard.ts';
import styles from './Flash.module.css';
import { PHOTOS } from './photos.ts';
import { useServerClock } from './useServerClock.ts';

/** Between two flashes, ms. Below three a second, and at random, so that no camera keeps step with them. */
const MIN_GAP_MS = 500;
const MAX_GAP_MS = 800;

/** `/flashes`: shows one coded photo after the other, all over the window. */
export function FlashPage() {
  const { measure, format } = usePage().words;
  const canvas = useRef<HTMLCanvasElement>(null);
  const clock = useServerClock();
  const offsetMs = clock.kind === 'known' ? clock.offsetMs : undefined;
  const latestOffset = useRef(offsetMs);
  latestOffset.current = offsetMs;
  const [count, setCount] = useState(0);
  const isReady = offsetMs !== undefined;
  const hasFullScreen = useBrowserFact(canFillScreen, true);
  useEffect(holdWakeLock, []);
  useEffect(() => {
    const element = canvas.current;
    if (element === null || !isReady) return;
    return flash(element, () => latestOffset.current ?? 0, setCount);
  }, [isReady]);
  return (
    <main className={styles.flash} data-state={clock.kind} data-flashes={count}>
      <h1 className={hidden.srOnly}>{measure.flashTitle}</h1>
      <canvas ref={canvas} aria-label={measure.card} role="img" />
      <p className={styles.flashState} role={clock.kind === 'failed' ? 'alert' : 'status'}>
        {clock.kind === 'failed' && measure.noClock}
        {clock.kind === 'reading' && measure.readingClock}
        {clock.kind === 'known' && (
          <span aria-hidden="true">{measure.flashes(format.number(count), format.ms(clock.errorMs))}</span>
        )}
      </p>
      <div className={styles.flashActions}>
        {hasFullScreen && (
          <button type="button" onClick={enterFullscreen}>
            {measure.fullScreen}
          </button>
        )}
        <a href="./measure">
          <Icon name="close" size={18} />
          {measure.stop}
        </a>
      </div>
    </main>
  );
}

/** Not on an iPhone. */
const canFillScreen = () => document.fullscreenEnabled === true;

/** Returns the disposer. */
function flash(
  canvas: HTMLCanvasElement,
  offsetMs: () => number,
  onFlash: (count: number) => void,
): () => void {
  let isStopped = false;
  let count = 0;
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const photos = PHOTOS.map(({ url }) => {
    const photo = new Image();
    photo.src = url;
    return photo;
  });
  const draw = () => {
    const picture = count % PHOTOS.length;
    const photo = photos[picture];
    // The moment that the code says is that of this display frame.
    if (photo) drawCard(canvas, { clockMs: performance.now() + offsetMs(), picture }, photo);
    count += 1;
    onFlash(count);
    timer = setTimeout(next, MIN_GAP_MS + Math.random() * (MAX_GAP_MS - MIN_GAP_MS));
  };
  const next = () => {
    frame = requestAnimationFrame(draw);
  };
  void Promise.allSettled(photos.map((photo) => photo.decode())).then(() => {
    if (!isStopped) next();
  });
  return () => {
    isStopped = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}
