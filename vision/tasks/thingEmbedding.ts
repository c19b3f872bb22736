import * as v from 'valibot';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Box as BoxSchema, Score } from '../../protocol/vocabulary.ts';
import { boxInPicture } from '../fit.ts';
import { type Box, iou, visiblePart } from '../geometry.ts';
import type { Pixels } from '../pixels.ts';
import { cutThings, squared } from '../things/cutThing.ts';
import { isCutOut, type PlannedRegion, planRegions } from '../things/planRegions.ts';
import { EMBEDDING_SIZE } from '../things/taught.ts';
import { THING_SIDE_PX } from '../things/thingSide.ts';
import {
  cosine,
  GOLDEN_TOLERANCE,
  type GoldenComparison,
  OwnTolerance,
  roundForRecord,
  scoreText,
} from './comparison.ts';
import { detectionRows } from './objectDetection.ts';
import { dataOf, type OtherEmbedder, type TaskDefinition, toPixels, toTensor } from './task.ts';

/** A part of a picture that may be a thing. */
export interface ThingRegion {
  /** In 0..1 of the picture. */
  readonly box: Box;
  /** Found by the detector, the square in the middle, or all of the picture. */
  readonly source: 'detected' | 'middle' | 'whole';
  /** Of the detector, 1 where it was not asked; of the name once there is one. */
  readonly score: number;
  /** Not normalised; `EMBEDDING_SIZE` numbers of the shipped model. */
  readonly embedding: Float32Array;
  /** The name of a taught thing, or `unknown`; absent where nothing is shown. */
  readonly label?: string;
}

/** What may be things, detected ones first, all of the picture last. */
export interface ThingAnswer {
  readonly task: 'thing-embedding';
  readonly regions: readonly ThingRegion[];
  /** The model that embedded them; absent where this one did. */
  readonly embedder?: { readonly id: string; readonly version: string };
}

const Source = v.picklist(['detected', 'middle', 'whole']);
const ThingGolden = v.strictObject({
  recordedBy: v.string(),
  /** Only regions of at least this score are recorded and compared. */
  minScore: Score,
  regions: v.array(
    v.strictObject({ box: BoxSchema, source: Source, score: Score, embedding: v.array(v.number()) }),
  ),
  tolerance: v.optional(OwnTolerance),
});
type ThingGolden = v.InferOutput<typeof ThingGolden>;

/** Side of the square that the detector takes, pixels. */
const DETECTOR_SIDE_PX = 300;

/**
 * Vectors of the parts of a picture that may be things, for what was taught (vision/things/). There are no names in it, and no labels
 * file. Graphs:
 *   `detector`, of the picture stretched to 300x300: outputs as `object-detection` has them; its classes are not read
 *   `embedder`, of parts of it, [N, 160, 160, 3]:
 *     `embedding` float32 [N, 576]  as the network gives it, not normalised
 */
export const thingEmbedding: TaskDefinition<ThingAnswer, ThingGolden, ThingAnswer> = {
  name: 'thing-embedding',
  graphs: ['detector', 'embedder'],
  golden: ThingGolden,
  inPicture: v.object({
    task: v.literal('thing-embedding'),
    regions: v.array(
      v.object({
        box: BoxSchema,
        source: Source,
        score: Score,
        embedding: v.instance(Float32Array),
        label: v.exactOptional(v.string()),
      }),
    ),
    embedder: v.exactOptional(v.object({ id: v.string(), version: v.string() })),
  }),
  follow: 'things',
  namedBy: 'taught',
  loadAt: 'use',
  inputSize: 'picture',
  async run({ picture, inputName, runGraph, embedder, hasTime = () => true }) {
    const pixels = toPixels(picture);
    const detected = isCutOut(pixels)
      ? []
      : detectionRows(
          await runGraph('detector', { [inputName]: toTensor(squared(pixels, DETECTOR_SIDE_PX)) }),
          [],
        );
    const planned = planRegions(pixels, detected);
    if (embedder) return embedByOther(pixels, planned, embedder, hasTime);
    const things = cutThings(
      pixels,
      planned.map(({ box }) => box),
    );
    const outputs = await runGraph('embedder', {
      [inputName]: { type: 'uint8', data: things, dims: [planned.length, THING_SIDE_PX, THING_SIDE_PX, 3] },
    });
    const embeddings = dataOf(outputs, 'embedding', Float32Array);
    if (embeddings.length !== planned.length * EMBEDDING_SIZE) {
      const size = embeddings.length / planned.length;
      throw new Error(`Output "embedding" of the graph: ${EMBEDDING_SIZE} numbers expected, got ${size}.`);
    }
    return {
      task: 'thing-embedding',
      regions: planned.map((region, at) => ({
        ...region,
        // Copied: what a graph gives is only there while the task runs.
        embedding: embeddings.slice(at * EMBEDDING_SIZE, (at + 1) * EMBEDDING_SIZE),
      })),
    };
  },
  record: ({ regions }, { recordedBy, minScore }) => ({
    recordedBy,
    minScore,
    regions: regions
      .filter(({ score }) => score >= minScore)
      .map(({ box: [x, y, width, height], source, score, embedding }) => ({
        box: [roundForRecord(x), roundForRecord(y), roundForRecord(width), roundForRecord(height)],
        source,
        score: roundForRecord(score),
        embedding: Array.from(embedding, (value) => Number(value.toFixed(3))),
      })),
  }),
  compare,
  worstDifference: (golden, { regions }) => {
    const least = Math.min(...matches(golden, regions).map(({ similarity }) => similarity));
    return refusal('worst_things', { cosine: scoreText(least) });
  },
  maxLabels: () => 8,
  // All of them, however few labels are asked for: which ones are shown is known when they have names.
  toPicture: ({ regions, embedder }, { fitted }) => ({
    task: 'thing-embedding',
    ...(embedder && { embedder }),
    regions: regions.flatMap(({ box, ...region }) => {
      const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
      return part === undefined ? [] : [{ ...region, box: part }];
    }),
  }),
  labelsOf: ({ regions }) =>
    regions
      .flatMap(({ label, score, box }) => (label === undefined ? [] : [{ label, score, box }]))
      .toSorted((a, b) => b.score - a.score),
  inPrediction: ({ regions }) => {
    const whole = regions.at(-1);
    return whole ? { embedding: Array.from(whole.embedding) } : {};
  },
};

/**
 * One after the other, all of the picture first: a large network may have no time for all of them, and those that are left out then
 * are the ones that the detector is least sure of.
 */
async function embedByOther(
  pixels: Pixels,
  planned: readonly PlannedRegion[],
  { id, version, size, embed }: OtherEmbedder,
  hasTime: () => boolean,
): Promise<ThingAnswer> {
  const [whole, middle, ...detected] = planned.toReversed();
  const inTurn = [whole, middle, ...detected.toReversed()].filter((region) => region !== undefined);
  const regions: ThingRegion[] = [];
  for (const region of inTurn) {
    if (regions.length > 0 && !hasTime()) break;
    regions.push({ ...region, embedding: await embed(cutThings(pixels, [region.box], size)) });
  }
  const [all, inMiddle, ...others] = regions;
  return {
    task: 'thing-embedding',
    embedder: { id, version },
    regions: [...others, inMiddle, all].filter((region) => region !== undefined),
  };
}

/** Another runtime may put an edge a pixel elsewhere, which turns the vector of what is within a little. */
const DETECTED_COSINE = 0.98;

/** The recorded regions, each with the found one that is most like it, none of them twice. */
function matches({ regions: recorded }: ThingGolden, found: readonly ThingRegion[]) {
  const rest = [...found];
  return recorded.map((region) => {
    const best = rest
      .filter(({ source }) => source === region.source)
      .toSorted((a, b) => iou(b.box, region.box) - iou(a.box, region.box))[0];
    if (best) rest.splice(rest.indexOf(best), 1);
    return { region, found: best, similarity: best ? cosine(region.embedding, best.embedding) : 0 };
  });
}

function compare(golden: ThingGolden, { regions }: ThingAnswer): GoldenComparison {
  const { minScore, tolerance = GOLDEN_TOLERANCE } = golden;
  const differences: string[] = [];
  const pairs = matches(golden, regions);
  let largest = 0;
  for (const { region, found, similarity } of pairs) {
    const { source, box, score } = region;
    const isThere =
      found !== undefined &&
      iou(found.box, box) >= tolerance.iou &&
      Math.abs(found.score - score) <= tolerance.score;
    // One near the limit of scores may be on either side of it.
    if (!isThere && score < minScore + tolerance.score) continue;
    largest = Math.max(largest, 1 - similarity);
    const least =
      source === 'detected' ? Math.min(DETECTED_COSINE, tolerance.embedding) : tolerance.embedding;
    if (!isThere) differences.push(`no ${source} region of score ${scoreText(score)} at the same place`);
    else if (!(similarity >= least)) {
      differences.push(`embedding of the ${source} region turned away: cosine ${similarity.toFixed(5)}`);
    }
  }
  const matched = new Set(pairs.map(({ found }) => found));
  for (const region of regions) {
    if (matched.has(region) || region.score < minScore + tolerance.score) continue;
    largest = Math.max(largest, region.score);
    differences.push(`unexpected ${region.source} region of score ${scoreText(region.score)}`);
  }
  return { differences, largest, sameTop: differences.length === 0 };
}
