import type { Embed } from './openEmbedder.ts';
import { KNOWN_THINGS, THING_BOX, UNKNOWN_THINGS, viewOf } from './photoThings.ts';
import { seeded } from './seeded.ts';
import { SAMPLES, type Trial, type Views } from './trial.ts';

const UNSEEN_VIEWS = 25;

/** Six things of photos, five samples each, and six others. */
export async function photoTrial(embed: Embed): Promise<Trial> {
  const random = seeded(7);
  const views = async (part: (typeof KNOWN_THINGS)[string], count: number) => {
    const all: Views[] = [];
    for (let at = 0; at < count; at++) all.push(await embed(await viewOf(part, random), THING_BOX));
    return all;
  };
  const taught: Record<string, Views[]> = {};
  const known: Record<string, Views[]> = {};
  for (const [name, part] of Object.entries(KNOWN_THINGS)) {
    taught[name] = await views(part, SAMPLES);
    known[name] = await views(part, UNSEEN_VIEWS);
  }
  const unknown: Views[] = [];
  for (const part of Object.values(UNKNOWN_THINGS)) unknown.push(...(await views(part, UNSEEN_VIEWS)));
  return { taught, known, unknown };
}
