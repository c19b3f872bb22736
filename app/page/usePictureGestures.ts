'use client';
import { type RefObject, useEffect, useRef } from 'react';
import { distancePx, type PointPx } from '../capture/controls/pinchZoom.ts';
import type { Lens } from '../lens/lens.ts';
import { isPressOnPicture } from './isPressOnPicture.ts';

/** By how much one notch of a wheel, some 100 pixels of scrolling, magnifies. */
const WHEEL_FACTOR = 1.25;
const WHEEL_NOTCH_PX = 100;
/** Two fingers on a touchpad come as a wheel with Ctrl, in steps this much smaller. */
const TOUCHPAD_TIMES = 4.5;

/**
 * Two fingers or the wheel magnify the picture, one finger moves it.
 * @param isText whether a point of the page, CSS pixels, is on a line of text: a finger that starts there selects it instead
 */
export function usePictureGestures(
  stage: RefObject<HTMLElement | null>,
  isOn: boolean,
  magnifier: () => Lens['magnifier'],
  isText: (point: PointPx) => boolean,
): void {
  const latest = useRef({ magnifier, isText });
  latest.current = { magnifier, isText };
  useEffect(() => {
    const element = stage.current;
    if (!element || !isOn) return;
    const listening = new AbortController();
    const { signal } = listening;
    // Else the browser takes the fingers for its own magnifier and scrolling.
    element.style.touchAction = 'none';
    const fingers = new Map<number, PointPx>();
    let startedOnText = false;
    const onDown = (event: PointerEvent) => {
      const { pointerId, clientX: x, clientY: y } = event;
      // A name that lies over a line is none of it: from there the finger moves the picture.
      startedOnText = fingers.size === 0 && isPressOnPicture(event) && latest.current.isText({ x, y });
      fingers.set(pointerId, { x, y });
    };
    const onMove = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
      const before = fingers.get(pointerId);
      const view = latest.current.magnifier();
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
      const notches = (-event.deltaY / WHEEL_NOTCH_PX) * (event.ctrlKey ? TOUCHPAD_TIMES : 1);
      const factor = WHEEL_FACTOR ** (event.ctrlKey ? Math.max(-1, Math.min(1, notches)) : notches);
      latest.current.magnifier()?.zoomBy(factor, { x: event.clientX, y: event.clientY });
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
