import type { PictureAnswer } from '../tasks/taskOf.ts';
import type { ThingAnswer, ThingRegion } from '../tasks/thingEmbedding.ts';
import { type Head, namesFrom, recognise } from './head.ts';
import { isOfMiddle } from './planRegions.ts';
import { UNKNOWN } from './unknown.ts';

/** The answer with names where it is of things; as it came where it is not, nothing was taught, or another model embedded it. */
export const withTaughtNames = (answer: PictureAnswer, head: Head | undefined): PictureAnswer =>
  head && answer.task === 'thing-embedding' && isOfSameModel(answer, head)
    ? nameRegions(answer, head)
    : answer;

/** A frame may be on its way while a collection changes its embedder, or another version of it has not embedded the samples yet. */
const isOfSameModel = ({ embedder, regions }: ThingAnswer, head: Head): boolean =>
  embedder?.id === head.embedder?.model &&
  (embedder === undefined || namesFrom(head, embedder.version)) &&
  regions.every(({ embedding }) => !head.embedder || embedding.length === head.embedder.background.length);

/** How closely a region of a source is around its thing. */
const CLOSENESS = { detected: 2, middle: 1, whole: 0 } as const satisfies Record<
  ThingRegion['source'],
  number
>;

/**
 * The same answer with names: of what was taught, and `unknown` for what is detected and none of it. The middle and the whole
 * of a picture show a thing only where no region closer to it does. Where the thing in the middle was taught, a box of it has its name,
 * too: what was learned in the ring shows another part of the thing than its box.
 */
export function nameRegions(answer: ThingAnswer, head: Head): ThingAnswer {
  const seen = answer.regions.map((region) => ({ region, ...recognise(head, region.embedding) }));
  const middle = seen.find(({ region, thing }) => region.source === 'middle' && thing);
  const regions = seen.map(({ region, thing, score, nearest }): ThingRegion => {
    if (thing) return { ...region, label: thing.name, score };
    if (region.source !== 'detected') return region;
    if (middle?.thing && nearest?.id === middle.thing.id && isOfMiddle(region.box, middle.region.box)) {
      return { ...region, label: middle.thing.name, score: middle.score };
    }
    return { ...region, label: UNKNOWN };
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
