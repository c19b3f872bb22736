import type { RefObject } from 'react';
import { labelColour } from '../../app/overlay/labelColour.ts';
import type { Label } from '../../protocol/messages.ts';

export interface LensOverlayProps {
  readonly labels: readonly Label[];
  /** The video that it lies on: both have the same place, such as a grid cell that they share. */
  readonly videoRef: RefObject<HTMLVideoElement | null>;
  /** As the `object-fit` of the video. Default `contain`, as videos have it. */
  readonly fit?: 'cover' | 'contain';
}

/**
 * Boxes with names over a video, and no more: names may overlap. For a screen reader name `labels` in the page.
 *
 * @example
 * import { LensOverlay, useLens } from 'livelens-client/react';
 *
 * function Camera() {
 *   const { videoRef, labels, start } = useLens({ url: 'https://lens.example' });
 *   return (
 *     <div style={{ position: 'relative' }}>
 *       <video ref={videoRef} muted playsInline onClick={start} style={{ width: '100%' }} />
 *       <LensOverlay labels={labels} videoRef={videoRef} />
 *     </div>
 *   );
 * }
 */
export function LensOverlay({ labels, videoRef, fit = 'contain' }: LensOverlayProps) {
  // Labels come of a picture, so its size is known by then.
  const { videoWidth = 0, videoHeight = 0 } = videoRef.current ?? {};
  const [line, text] = [videoHeight / 160, videoHeight / 24];
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${videoWidth} ${videoHeight}`}
      preserveAspectRatio={fit === 'cover' ? 'xMidYMid slice' : 'xMidYMid meet'}
      style={{ position: 'absolute', inset: 0, width: '100%', height: '100%', pointerEvents: 'none' }}
    >
      {labels.map(({ id, label, box: [x, y, width, height] = [0, 0, 1, 1] }) => (
        <g key={id} fill="none" stroke={labelColour(id)} strokeWidth={line}>
          <rect
            {...{ x: x * videoWidth, y: y * videoHeight }}
            {...{ width: width * videoWidth, height: height * videoHeight, rx: line * 2 }}
          />
          <text
            {...{ x: x * videoWidth + line * 2, y: y * videoHeight + text, fontSize: text }}
            {...{ fill: '#fff', stroke: '#000', paintOrder: 'stroke', fontFamily: 'system-ui, sans-serif' }}
          >
            {label}
          </text>
        </g>
      ))}
    </svg>
  );
}
