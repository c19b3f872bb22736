'use client';
import { type RefObject, useEffect, useRef } from 'react';
import { distancePx, type PointPx } from '../capture/controls/pinchZoom.ts';
import { isPressOnPicture } from './isPressOnPicture.ts';
import { TAP } from './useCameraGestures.ts';

export interface TextGestures {
  /** Whether there is a picture. */
  isOn: boolean;
  /** The id of the line of text at a point of the page, CSS pixels; undefined where none is. */
  lineAt(point: PointPx): number | undefined;
  /** A finger or the mouse was drawn from one line to another, or within one. */
  onSelect(fromId: number, toId: number): void;
}

/** One finger, or the mouse, that is drawn from a line of text across others selects them; a second finger ends that. */
export function useTextGestures(stage: RefObject<HTMLElement | null>, gestures: TextGestures): void {
  const latest = useRef(gestures);
  latest.current = gestures;
  const { isOn } = gestures;

  useEffect(() => {
    const element = stage.current;
    if (!element || !isOn) return;
    const listening = new AbortController();
    const { signal } = listening;
    let drag: { pointerId: number; from: PointPx; fromId: number; isDrawn: boolean } | undefined;
    const onDown = (event: PointerEvent) => {
      const { pointerId, clientX: x, clientY: y } = event;
      const fromId = isPressOnPicture(event) ? latest.current.lineAt({ x, y }) : undefined;
      drag = fromId === undefined ? undefined : { pointerId, from: { x, y }, fromId, isDrawn: false };
    };
    const onMove = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
      if (drag?.pointerId !== pointerId) return;
      drag.isDrawn ||= distancePx(drag.from, { x, y }) > TAP.maxPx;
      const toId = drag.isDrawn ? latest.current.lineAt({ x, y }) : undefined;
      // Between lines the selection stays as it is.
      if (toId !== undefined) latest.current.onSelect(drag.fromId, toId);
    };
    const onUp = ({ pointerId }: PointerEvent) => {
      if (drag?.pointerId === pointerId) drag = undefined;
    };
    element.addEventListener('pointerdown', onDown, { signal });
    window.addEventListener('pointermove', onMove, { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) window.addEventListener(end, onUp, { signal });
    return () => listening.abort();
  }, [stage, isOn]);
}
