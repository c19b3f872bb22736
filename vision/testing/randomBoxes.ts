import type { FoundBox, PixelBox, TruthBox } from '../averagePrecision.ts';

/**
 * Things and boxes of a detector that is often right: of all sizes, crowds, outlines smaller than their boxes, equal scores, more
 * boxes in a picture than count, labels without things. Whole numbers, so that every program gets the same ones.
 */
export function randomBoxes(seed: number): { truth: TruthBox[]; found: FoundBox[] } {
  const next = integers(seed);
  const truth: TruthBox[] = [];
  const found: FoundBox[] = [];
  for (let image = 1; image <= 25; image++) {
    for (let count = next(9); count > 0; count--) {
      const side = [20, 60, 300][next(3)] ?? 20;
      const box: PixelBox = [next(500), next(350), 5 + next(side), 5 + next(side)];
      const label = LABELS[next(4)] ?? 'cat';
      const isCrowd = next(12) === 0;
      const area = next(2) === 0 ? box[2] * box[3] : Math.floor((box[2] * box[3] * (5 + next(5))) / 10);
      truth.push({ image, label, box, area, isCrowd });
      for (let hits = next(4); hits > 0; hits--) {
        const near = (value: number, size: number) =>
          value + next(1 + Math.floor(size / 4)) - Math.floor(size / 8);
        const [x, y, width, height] = box;
        found.push({
          image,
          label: next(6) === 0 ? (LABELS[next(5)] ?? 'cat') : label,
          box: [
            near(x, width),
            near(y, height),
            Math.max(1, near(width, width)),
            Math.max(1, near(height, height)),
          ],
          score: (30 + next(65)) / 100,
        });
      }
    }
    const noise = image === 7 ? 130 : next(5);
    for (let count = 0; count < noise; count++) {
      const label = image === 7 ? 'cat' : (LABELS[next(5)] ?? 'cat');
      found.push({
        image,
        label,
        box: [next(500), next(350), 1 + next(200), 1 + next(200)],
        score: (1 + next(70)) / 100,
      });
    }
  }
  return { truth, found };
}

/** The last one is nowhere to be found. */
export const LABELS = ['cat', 'dog', 'cup', 'person', 'kite'];

/** Numbers from 0 to below `most`, by the generator of Park and Miller. */
function integers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 48271) % 2147483647;
    return state % most;
  };
}
