'use client';
import { type RefObject, useEffect, useRef } from 'react';
import { distancePx, type PointPx } from '../capture/controls/pinchZoom.ts';
import type { PictureView } from '../lens/pictureView.ts';

/** By how much one notch of a wheel, some 100 pixels of scrolling, magnifies. */
const WHEEL_FACTOR = 1.25;
const WHEEL_NOTCH_PX = 100;

/**
 * Two fingers or the wheel magnify a still picture, one finger moves it.
 * @param isText whether a point of the page, CSS pixels, is on a line of text: a finger that starts there selects it instead
 */
export function usePictureGestures(
  stage: RefObject<HTMLElement | null>,
  isOn: boolean,
  picture: () => PictureView | undefined,
  isText: (point: PointPx) => boolean,
): void {
  const latest = useRef({ picture, isText });
  latest.current = { picture, isText };
  useEffect(() => {
    const element = stage.current;
    if (!element || !isOn) return;
    const listening = new AbortController();
    const { signal } = listening;
    // Else the browser takes the fingers for its own magnifier and scrolling.
    element.style.touchAction = 'none';
    const fingers = new Map<number, PointPx>();
    let startedOnText = false;
    const onDown = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
      startedOnText = fingers.size === 0 && latest.current.isText({ x, y });
      fingers.set(pointerId, { x, y });
    };
    const onMove = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
      const before = fingers.get(pointerId);
      const view = latest.current.picture();
      if (before === undefined || view === undefined) return;
      const other = [...fingers].find(([id]) => id !== pointerId)?.[1];
      fingers.set(pointerId, { x, y });
      if (other === undefined) {
        if (!startedOnText) view.panBy({ x: x - before.x, y: y - before.y });
        return;
      }
      const wasPx = Math.max(1, distancePx(before, other));
      const middle = { x: (x + other.x) / 2, y: (y + other.y) / 2 };
      view.panBy({ x: (x - before.x) / 2, y: (y - before.y) / 2 });
      view.zoomBy(distancePx({ x, y }, other) / wasPx, middle);
    };
    const onUp = ({ pointerId }: PointerEvent) => fingers.delete(pointerId);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const factor = WHEEL_FACTOR ** (-event.deltaY / WHEEL_NOTCH_PX);
      latest.current.picture()?.zoomBy(factor, { x: event.clientX, y: event.clientY });
    };
    element.addEventListener('pointerdown', onDown, { signal });
    element.addEventListener('wheel', onWheel, { signal, passive: false });
    window.addEventListener('pointermove', onMove, { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) window.addEventListener(end, onUp, { signal });
    return () => {
      listening.abort();
      element.style.touchAction = '';
    };
  }, [stage, isOn]);
}
