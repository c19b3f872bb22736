import type { PictureAnswer } from '../tasks/taskOf.ts';
import type { ThingAnswer, ThingRegion } from '../tasks/thingEmbedding.ts';
import { type Head, recognise } from './head.ts';
import { UNKNOWN } from './unknown.ts';

/** The answer with names where it is of things; as it came where it is not, nothing was taught, or another model embedded it. */
export const withTaughtNames = (answer: PictureAnswer, head: Head | undefined): PictureAnswer =>
  head && answer.task === 'thing-embedding' && isOfSameModel(answer, head)
    ? nameRegions(answer, head)
    : answer;

/** A frame may be on its way while a collection changes its embedder. */
const isOfSameModel = ({ embedder, regions }: ThingAnswer, head: Head): boolean =>
  embedder?.id === head.embedder?.model &&
  regions.every(({ embedding }) => !head.embedder || embedding.length === head.embedder.background.length);

/** How closely a region of a source is around its thing. */
const CLOSENESS = { detected: 2, middle: 1, whole: 0 } as const satisfies Record<
  ThingRegion['source'],
  number
>;

/**
 * The same answer with names: of what was taught, and `unknown` for what is detected and none of it. The middle and the whole
 * of a picture show a thing only where no region closer to it does.
 */
export function nameRegions(answer: ThingAnswer, head: Head): ThingAnswer {
  const regions = answer.regions.map((region): ThingRegion => {
    const { thing, score } = recognise(head, region.embedding);
    if (thing) return { ...region, label: thing.name, score };
    return region.source === 'detected' ? { ...region, label: UNKNOWN } : region;
  });
  const isShownCloser = ({ label, source }: ThingRegion) =>
    source !== 'detected' &&
    regions.some((other) => other.label === label && CLOSENESS[other.source] > CLOSENESS[source]);
  return {
    ...answer,
    regions: regions.map((region) => {
      if (region.label === undefined || !isShownCloser(region)) return region;
      const { label, ...unnamed } = region;
      return unnamed;
    }),
  };
}
