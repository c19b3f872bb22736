'use client';
import { useEffect, useRef } from 'react';
import type { Things } from '../../things/things.ts';
import styles from './SamplePicture.module.css';

export interface SamplePictureProps {
  things: Things;
  /** Undefined: there is none, and its place stays empty. */
  sampleId: string | undefined;
  alt: string;
}

/** The picture of a sample, fetched as it comes into sight: a collection may have thousands. */
export function SamplePicture({ things, sampleId, alt }: SamplePictureProps) {
  const picture = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const image = picture.current;
    if (!image || sampleId === undefined) return;
    let url: string | undefined;
    let isGone = false;
    const show = async () => {
      const blob = await things.picture(sampleId);
      if (isGone) return;
      url = URL.createObjectURL(blob);
      image.src = url;
    };
    const sight = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      sight.disconnect();
      // Without a picture its place stays empty.
      show().catch(() => {});
    });
    sight.observe(image);
    return () => {
      isGone = true;
      sight.disconnect();
      image.removeAttribute('src');
      if (url) URL.revokeObjectURL(url);
    };
  }, [things, sampleId]);
  // biome-ignore lint/performance/noImgElement: not of the server's pages; it needs a token
  return <img ref={picture} className={styles.root} alt={alt} />;
}
