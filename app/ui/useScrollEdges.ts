import { type RefObject, useEffect, useState } from 'react';

/** Which sides of a row have more, beyond what is in sight. */
export interface ScrollEdges {
  readonly start: boolean;
  readonly end: boolean;
}

/** A row that is scrolled to its end may lack a fraction of a pixel. */
const TOLERANCE_PX = 2;

/** Follows how far a row is scrolled sideways. @param content what is in it: asks again when it changes */
export function useScrollEdges(row: RefObject<HTMLElement | null>, content: unknown): ScrollEdges {
  const [edges, setEdges] = useState<ScrollEdges>({ start: false, end: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other content has another width, which is no change of the row's size
  useEffect(() => {
    const { current } = row;
    if (!current) return;
    const look = () => {
      const { scrollLeft, scrollWidth, clientWidth } = current;
      const start = scrollLeft > TOLERANCE_PX;
      const end = scrollLeft + clientWidth < scrollWidth - TOLERANCE_PX;
      setEdges((before) => (before.start === start && before.end === end ? before : { start, end }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    current.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      current.removeEventListener('scroll', look);
    };
  }, [row, content]);
  return edges;
}
