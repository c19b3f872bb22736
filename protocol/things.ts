import * as v from 'valibot';
import { WireSentence } from './sentence.ts';
import { Box, ModelId } from './vocabulary.ts';

/**
 * Things that people taught, over HTTP. A model is called `things:ID` that names what was taught of the collection ID.
 *
 *   GET    /v1/things                            the collections that everyone may see
 *   POST   /v1/things                            makes one: ?name=ID&visibility=everyone|link
 *   GET    /v1/things/ID                         its things and samples
 *   DELETE /v1/things/ID
 *   GET    /v1/things/ID/head                    what was learned, as bytes, with an ETag
 *   POST   /v1/things/ID/samples                 teaches: ?name=NAME or ?nothing=1, &box=x,y,width,height, &wrong=NAME; the body is a
 *                                                picture
 *   GET    /v1/things/ID/samples/SAMPLE          its picture, image/jpeg
 *   DELETE /v1/things/ID/samples/SAMPLE
 *   POST   /v1/things/ID/samples/SAMPLE/move     to another thing
 *   PATCH  /v1/things/ID/things/THING            another name
 *   DELETE /v1/things/ID/things/THING
 *   POST   /v1/things/ID/undo                    takes the last change back: ?revision=… of the answer to it
 *   GET    /v1/things/ID/export                  a zip: ?as=collection|onnx|pictures
 *   GET    /v1/things/ID/embedders               which models can compare its things, which one does, and how well
 *   POST   /v1/things/ID/embedders/compare       tries all of them on its samples, in the background; ?wait=1: answers when that is done
 *   DELETE /v1/things/ID/embedders/compare       cancels that
 *   POST   /v1/things/ID/embedder                another one from now on: {"model": ID}, in the background
 *   POST   /v1/things/import                     makes one of such a zip: ?name=ID&visibility=everyone|link
 *
 * Changes take the proof that changes of models take; see docs/access.md.
 */

/** The model that embeds things. */
export const THINGS_MODEL = 'things';
/** What a collection of taught things is called where a model is named: this, and its id. */
export const THINGS_PREFIX = 'things:';

/** The model that runs where this id names one: a collection of taught things is none of its own. */
export const modelBehind = (modelId: string): string =>
  modelId.startsWith(THINGS_PREFIX) ? THINGS_MODEL : modelId;

/** Of a collection: lower case letters, digits, `-`; of one that only its link opens, with a random end. */
export const CollectionId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower case letters, digits or "-"; at most 64'),
);

/** Characters of an id that only a link has: 110 bits. */
export const SECRET_LENGTH = 22;
export const SECRET_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** What a person called the collection, without the end that only its link has. */
export const withoutSecret = (id: string): string =>
  id.replace(new RegExp(`-[${SECRET_LETTERS}]{${SECRET_LENGTH}}$`), '');

/** What a person calls a thing. */
export const ThingName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60));

/** Who sees a collection: everyone who may see models, or who has its link. */
export const Visibility = v.picklist(['everyone', 'link']);

/** One picture of a thing. */
export const SampleInfo = v.object({
  id: v.string(),
  /** In ms since 1970. */
  takenAtMs: v.number(),
});
export type SampleInfo = v.InferOutput<typeof SampleInfo>;

export const TaughtThingInfo = v.object({
  id: v.string(),
  name: v.string(),
  /** What is none of the things. */
  isNothing: v.boolean(),
  /** Oldest first. */
  samples: v.array(SampleInfo),
});
export type TaughtThingInfo = v.InferOutput<typeof TaughtThingInfo>;

export const CollectionInfo = v.object({
  id: CollectionId,
  visibility: Visibility,
  /** Number of things, without what is none of them. */
  things: v.number(),
  samples: v.number(),
});
export type CollectionInfo = v.InferOutput<typeof CollectionInfo>;

/** The answer to `GET /v1/things`. */
export const CollectionList = v.object({ collections: v.array(CollectionInfo), mayChange: v.boolean() });
export type CollectionList = v.InferOutput<typeof CollectionList>;

/** The answer to `GET /v1/things/ID`, and to whatever changes one. */
export const CollectionDetails = v.object({
  id: CollectionId,
  visibility: Visibility,
  things: v.array(TaughtThingInfo),
  mayChange: v.boolean(),
  /** Whether the last change can be taken back. */
  canUndo: v.boolean(),
  /** Names the change that this answers, or the last one: an undo of it takes back no other. Absent before the first one of a browser. */
  revision: v.optional(v.string()),
  /** Share of the samples that the others recognise, 0..1; absent with fewer than two things of two samples, and before any was learned from. */
  recognised: v.optional(v.number()),
  /**
   * The model of its things has a new version, and the samples are embedded again by that. On a server nothing is named until all are;
   * in a browser, what is embedded again already may be. Absent otherwise.
   */
  relearning: v.optional(v.object({ done: v.number(), total: v.number() })),
});
export type CollectionDetails = v.InferOutput<typeof CollectionDetails>;

/** The answer to `POST /v1/things/ID/samples`. */
export const SampleAdded = v.object({
  thing: v.object({ id: v.string(), name: v.string() }),
  sample: v.string(),
  /** Number of samples of the thing. */
  samples: v.number(),
  /** How different the samples of the thing are, 0..1: at 0 all show the same. */
  variety: v.number(),
  /** Names this change, for its undo. */
  revision: v.optional(v.string()),
  /** The sample that a wrong name came from, which is one of the right thing now; absent where there was none. */
  moved: v.optional(v.string()),
});
export type SampleAdded = v.InferOutput<typeof SampleAdded>;

const Progress = v.object({ done: v.number(), total: v.number() });

/** A model that can embed the things of a collection. */
export const EmbedderInfo = v.object({
  model: ModelId,
  name: v.string(),
  /** Whether it serves. The one in use may be gone. */
  serves: v.boolean(),
  /** Share of the collection's samples that it lets the others recognise, 0..1; absent before it was compared. */
  recognised: v.optional(v.number()),
  /** Next to the one in use, on the same samples; `alike` where the difference may be chance. */
  verdict: v.optional(v.picklist(['better', 'worse', 'alike'])),
});
export type EmbedderInfo = v.InferOutput<typeof EmbedderInfo>;

/** The answer to `GET /v1/things/ID/embedders`, and to what is asked of them. */
export const CollectionEmbedders = v.object({
  /** The id of the model in use. */
  inUse: ModelId,
  /** The shipped one first. */
  embedders: v.array(EmbedderInfo),
  /** Samples that they were compared on; absent before, and after the collection has changed. */
  samples: v.optional(v.number()),
  /** They are being compared. */
  comparing: v.optional(Progress),
  /** The samples are being embedded again by this model, and it is used once they are. */
  moving: v.optional(v.object({ model: ModelId, ...Progress.entries })),
  /** Why the last of both failed, in English. */
  problem: v.optional(v.string()),
  /** Of the table of errors. */
  problemCode: v.optional(v.string()),
  problemSentence: v.optional(WireSentence),
});
export type CollectionEmbedders = v.InferOutput<typeof CollectionEmbedders>;

/** The body of `POST /v1/things/ID/embedder`. */
export const EmbedderChoice = v.object({ model: ModelId });

/** Where a thing is in the picture of a sample. */
export const SampleBox = Box;

/** The body of `PATCH /v1/things/ID/things/THING`: the name of another thing merges both. */
export const ThingRename = v.object({ name: ThingName });

/** The body of `POST /v1/things/ID/samples/SAMPLE/move`: what the sample shows, or that it is none of the things. */
export const SampleMove = v.union([v.object({ name: ThingName }), v.object({ nothing: v.literal(true) })]);

/** What a collection can leave as; each is a zip: for another server, as a model for any runtime, a folder of pictures for each thing. */
export const ExportKind = v.picklist(['collection', 'onnx', 'pictures']);
export type ExportKind = v.InferOutput<typeof ExportKind>;
