import type { CollectionDetails, SampleAdded } from '../../protocol/things.ts';
import type { Box } from '../../vision/geometry.ts';

/** A picture of a thing, as it is taught. */
export interface TakenSample {
  /** JPEG or PNG. */
  readonly picture: Blob;
  /** Where the thing is in it, in 0..1. */
  readonly box: Box;
}

/** What a sample shows. */
export interface SampleName {
  readonly name: string;
  /** It is none of the things. */
  readonly isNothing: boolean;
}

/** A picture of a file, for one thing. */
export interface NamedPicture {
  readonly fileName: string;
  readonly name: SampleName;
  /** The picture, as it is sent. @throws Error where the file is no picture */
  read(): Promise<TakenSample>;
}

/** A collection of taught things, wherever it is kept. Every method rejects with an error whose code the page can word. */
export interface Collection {
  details(): Promise<CollectionDetails>;
  /** The same, to follow how far it is learned again: one of this browser learns nothing for that. */
  progress(): Promise<CollectionDetails>;
  /** @param wrong what it was taken for: the sample which that came from is one of this thing from now on */
  addSample(sample: TakenSample, name: SampleName, wrong?: string): Promise<SampleAdded>;
  /** @param name that of another thing: both become one */
  rename(thingId: string, name: string): Promise<CollectionDetails>;
  removeThing(thingId: string): Promise<CollectionDetails>;
  removeSample(sampleId: string): Promise<CollectionDetails>;
  /** Takes the last change back. @param revision of the change that is meant: another one that came since is not taken back */
  undo(revision?: string): Promise<CollectionDetails>;
  /** The picture of a sample. */
  picture(sampleId: string): Promise<Blob>;
}

/** What an id of a collection begins with that is kept in this browser only. */
const HERE = '@';

export const isHere = (collectionId: string): boolean => collectionId.startsWith(HERE);
