/** What a page that is measured draws over the picture. */
export const DRAWN = ['nothing', 'boxes', 'outlines', 'skeletons'] as const;
export type Drawn = (typeof DRAWN)[number];
