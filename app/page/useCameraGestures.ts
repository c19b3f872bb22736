'use client';
import { type RefObject, useEffect, useRef } from 'react';
import type { CameraControls } from '../capture/controls/cameraControls.ts';
import { distancePx, pinchZoom } from '../capture/controls/pinchZoom.ts';
import { isPressOnPicture } from './isPressOnPicture.ts';

/** A finger that stays for longer, or moves further, does not tap. */
export const TAP = { maxMs: 350, maxPx: 12 } as const;

export interface CameraGestures {
  /** Whether there is a picture. */
  isOn: boolean;
  /** Of the camera that is shown; undefined: none is. */
  controls: CameraControls | undefined;
  onZoom(zoom: number): void;
  /** Where the picture was tapped, CSS pixels of the page. */
  onTap(tap: { x: number; y: number }): void;
}

/** Two fingers on the picture zoom the camera, where it has that; a tap is the caller's. */
export function useCameraGestures(stage: RefObject<HTMLElement | null>, gestures: CameraGestures): void {
  const latest = useRef(gestures);
  latest.current = gestures;
  const { isOn, controls } = gestures;
  const canPinch = controls?.zoom !== undefined;

  useEffect(() => {
    const element = stage.current;
    if (!element || !isOn) return;
    const listening = new AbortController();
    const { signal } = listening;
    // Else the browser takes two fingers for its own magnifier.
    if (canPinch) element.style.touchAction = 'none';
    const fingers = new Map<number, { x: number; y: number }>();
    let pinch: { zoom: number; px: number } | undefined;
    let tap: { x: number; y: number; atMs: number } | undefined;
    const apartPx = () => {
      const [one, other] = fingers.values();
      return one && other ? distancePx(one, other) : 0;
    };
    const onDown = (event: PointerEvent) => {
      const { pointerId, clientX: x, clientY: y, timeStamp: atMs } = event;
      fingers.set(pointerId, { x, y });
      tap = isPressOnPicture(event) ? { x, y, atMs } : undefined;
      const control = latest.current.controls?.zoom;
      pinch = control && fingers.size === 2 ? { zoom: control.value, px: apartPx() } : undefined;
    };
    const onMove = ({ pointerId, clientX: x, clientY: y }: PointerEvent) => {
      if (!fingers.has(pointerId)) return;
      fingers.set(pointerId, { x, y });
      if (tap && distancePx(tap, { x, y }) > TAP.maxPx) tap = undefined;
      const { controls, onZoom } = latest.current;
      if (pinch && controls?.zoom) onZoom(pinchZoom(controls.zoom, pinch.zoom, pinch.px, apartPx()));
    };
    const onUp = ({ pointerId, type, timeStamp }: PointerEvent) => {
      // By the finger's times: a page that is busy hears of both late, and of the second later still.
      const isTap = type === 'pointerup' && fingers.size === 1 && tap && timeStamp - tap.atMs <= TAP.maxMs;
      if (isTap && tap) latest.current.onTap({ x: tap.x, y: tap.y });
      fingers.delete(pointerId);
      pinch = undefined;
      tap = undefined;
    };
    element.addEventListener('pointerdown', onDown, { signal });
    window.addEventListener('pointermove', onMove, { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) window.addEventListener(end, onUp, { signal });
    return () => {
      listening.abort();
      if (canPinch) element.style.touchAction = '';
    };
  }, [stage, isOn, canPinch]);
}
