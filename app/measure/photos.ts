import cat from './photos/cat.jpg';
import person from './photos/person.jpg';

/** The photos of the flashes, in turns: what the bundled model calls them, and where they are. */
export const PHOTOS = [
  { name: 'cat', url: cat.src },
  { name: 'person', url: person.src },
] as const;

export const PHOTO_NAMES: readonly string[] = PHOTOS.map(({ name }) => name);
