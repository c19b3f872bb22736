'use client';
import type { RefObject } from 'react';
import type { LensRefs } from '../lens/useLens.ts';
import overlayStyles from '../overlay/Overlay.module.css';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Livelens.module.css';

export interface StageProps extends Pick<LensRefs, 'video' | 'picture' | 'overlay'> {
  stage: RefObject<HTMLDivElement | null>;
  isMirrored: boolean;
  /** The picture is there to be looked at, and nothing can be done with what is on it. */
  isPresenting: boolean;
}

/** The elements that the lens draws into: a moving picture or a still one, and the things on it. */
export function Stage({ stage, video, picture, overlay, isMirrored, isPresenting }: StageProps) {
  const { stage: words, thing } = useWords();
  return (
    <div ref={stage} className={styles.stage}>
      <video
        ref={video}
        data-testid="video"
        className={styles.content}
        data-mirrored={isMirrored || undefined}
        muted
        playsInline
        disablePictureInPicture
        aria-label={words.video}
      />
      {/* biome-ignore lint/performance/noImgElement: a local file, decoded and laid out by hand */}
      <img
        ref={picture}
        data-testid="picture"
        className={styles.content}
        alt={words.picture}
        draggable={false}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: no form, and its names come and go */}
      <div
        ref={overlay}
        data-testid="overlay"
        className={overlayStyles.overlay}
        role="group"
        aria-label={thing.things}
        inert={isPresenting}
      />
    </div>
  );
}
