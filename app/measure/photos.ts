import cat from './photos/cat.jpg';
import cup from './photos/cup.jpg';

/** The photos of the flashes, in turns: what the bundled model calls them, and where they are. */
export const PHOTOS = [
  { name: 'cat', url: cat.src },
  { name: 'cup', url: cup.src },
] as const;

export const PHOTO_NAMES: readonly string[] = PHOTOS.map(({ name }) => name);
