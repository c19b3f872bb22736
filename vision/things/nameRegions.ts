import type { ThingAnswer } from '../tasks/thingEmbedding.ts';
import { type Head, recognise } from './head.ts';

/** What is shown of a detected region that is no taught thing. */
export const UNKNOWN = 'unknown';

/** The same answer with names: of what was taught, and `unknown`. */
export function nameRegions(answer: ThingAnswer, head: Head): ThingAnswer {
  const regions = answer.regions.map((region) => {
    const { thing, score } = recognise(head, region.embedding);
    if (thing) return { ...region, label: thing.name, score };
    return region.source === 'detected' ? { ...region, label: UNKNOWN } : region;
  });
  const detected = new Set(regions.flatMap(({ source, label }) => (source === 'detected' ? [label] : [])));
  return {
    ...answer,
    regions: regions.map(({ label, ...region }) =>
      label !== undefined && (region.source === 'detected' || !detected.has(label))
        ? { ...region, label }
        : region,
    ),
  };
}
