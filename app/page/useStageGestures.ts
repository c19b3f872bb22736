'use client';
import { type RefObject, useState } from 'react';
import type { Lens } from '../lens/lens.ts';
import type { LensState } from '../lens/lensState.ts';
import type { Tap } from './FocusRing.tsx';
import { useCameraGestures } from './useCameraGestures.ts';
import { usePictureGestures } from './usePictureGestures.ts';
import { useTextGestures } from './useTextGestures.ts';

/**
 * What fingers and the mouse do with the picture.
 * @returns where the camera was last told to focus
 */
export function useStageGestures(
  stage: RefObject<HTMLElement | null>,
  { lens, state, isPresenting }: { lens: Lens | undefined; state: LensState; isPresenting: boolean },
): Tap | undefined {
  const [tap, setTap] = useState<Tap>();
  const { view, controls } = state;
  const isCameraOn = view.kind === 'live' && view.source === 'camera';
  const isOn = !isPresenting && (view.kind === 'live' || view.kind === 'picture');
  usePictureGestures(
    stage,
    // A camera that can zoom does it by itself: useCameraGestures.
    view.kind === 'picture' || (view.kind === 'live' && controls.zoom === undefined),
    () => lens?.magnifier,
    (point) => lens?.lineAt(point) !== undefined,
  );
  useTextGestures(stage, {
    isOn,
    lineAt: (point) => lens?.lineAt(point),
    onSelect: (fromId, toId) => lens?.selectText(fromId, toId),
  });
  useCameraGestures(stage, {
    isOn,
    controls: isCameraOn ? controls : undefined,
    onZoom: (zoom) => lens?.changeCamera({ kind: 'zoom', zoom }),
    onTap: (at) => {
      // A tap on a thing locks on to it; elsewhere the camera focuses.
      if (lens?.lockAt(at)) return;
      lens?.unselectText();
      if (isCameraOn && lens?.focusAt(at)) setTap(at);
    },
  });
  return tap;
}
