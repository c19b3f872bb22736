import { BACKGROUND } from '../things/background.ts';
import { EMBEDDING_SIZE, type TaughtThing } from '../things/taught.ts';

/** What the embedder may give for a thing: near for the same one, far apart for others. */
export const embeddingOf = (name: string, view = 0): Float32Array =>
  Float32Array.from({ length: EMBEDDING_SIZE }, (_, at) => {
    const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 10_007;
    const own = Math.sin((at + 1) * seed);
    return 40 * ((BACKGROUND[at] ?? 0) + 0.02 * (own + 0.2 * Math.sin((at + 1) * (seed + view + 0.5))));
  });

/** A thing that was taught, with five samples of one view. */
export const thingCalled = (name: string): TaughtThing => ({
  id: `id-${name}`,
  name,
  isNothing: false,
  samples: [1, 2, 3, 4, 5].map((view) => ({
    id: `${name}-${view}`,
    takenAtMs: view,
    views: [embeddingOf(name, view)],
  })),
});
