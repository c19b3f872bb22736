import * as v from 'valibot';
import { CollectionId, SampleBox, ThingName, Visibility } from '../../protocol/things.ts';
import { ModelId } from '../../protocol/vocabulary.ts';
import { visiblePart } from '../geometry.ts';
import { EmbeddingSize, MAX_SAMPLES, MAX_THINGS } from './collectionIndex.ts';

/**
 * A collection as a zip:
 *
 *   collection.json          what it holds
 *   samples/SAMPLE.jpg       the picture of a sample
 *   samples/SAMPLE.f16       embeddings of its views, float16, one after the other
 */
export const COLLECTION_FILE = 'collection.json';
export const pictureFileOf = (sample: string): string => `samples/${sample}.jpg`;
export const viewsFileOf = (sample: string): string => `samples/${sample}.f16`;

/** Files of a collection at most. */
export const MAX_COLLECTION_FILES = 2 * MAX_SAMPLES + 1;

/** A sample's files are named by it. */
const SampleName = v.pipe(v.string(), v.regex(/^[0-9a-z]{1,32}$/));

/** The latest that a date can say, ms since 1970. JSON has larger numbers, even ones that no index could be read with again. */
const MAX_TIME_MS = 8.64e15;

/** `collection.json` of the zip. */
export const ExportedCollection = v.strictObject({
  format: v.literal('livelens-things'),
  schema: v.literal(1),
  /** What it was called where it comes from. */
  id: CollectionId,
  visibility: Visibility,
  /** The model that embedded its things; absent for the one that ships. */
  embedder: v.exactOptional(ModelId),
  things: v.pipe(
    v.array(
      v.strictObject({
        name: ThingName,
        isNothing: v.boolean(),
        /** Oldest first. */
        samples: v.pipe(
          v.array(
            v.strictObject({
              id: SampleName,
              /** In ms since 1970. */
              takenAtMs: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TIME_MS)),
              /** Where the thing is in the picture, in 0..1. */
              box: v.pipe(
                SampleBox,
                v.check((box) => visiblePart(box) !== undefined, 'a box within the picture expected'),
              ),
              /** Version of the model that embedded its views. */
              version: v.pipe(v.string(), v.regex(/^[0-9A-Za-z]{0,64}$/)),
              /** Numbers of an embedding; absent for 576. */
              size: v.exactOptional(EmbeddingSize),
            }),
          ),
          v.maxLength(MAX_SAMPLES),
        ),
      }),
    ),
    v.maxLength(MAX_THINGS + 1),
  ),
});
export type ExportedCollection = v.InferOutput<typeof ExportedCollection>;
