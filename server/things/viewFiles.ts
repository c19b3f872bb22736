import path from 'node:path';
import type { StoredSample } from '../../vision/things/collectionIndex.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';

/** A sample as its embeddings are found. */
export type EmbeddedSample = Pick<StoredSample, 'id' | 'version' | 'size'>;

export const samplesIn = (collectionDir: string): string => path.join(collectionDir, 'samples');
export const indexIn = (collectionDir: string): string => path.join(collectionDir, 'collection.json');

/** What another model made of the average picture, in the folder of all collections. No collection can be called so. */
export const backgroundIn = (thingsDir: string, version: string): string =>
  path.join(thingsDir, `.background-${version}.f16`);

/** The name of the file that has the embeddings of a sample after another version of a model, or another model, embedded it again. */
export const viewsAgain = (id: string, version: string): string => `${id}.${version}.f16`;

/** The names of files that may have the embeddings of a sample; the first that is there does. */
export const viewFilesOf = ({ id, version }: EmbeddedSample): readonly string[] => [
  viewsAgain(id, version),
  `${id}.f16`,
];

export const sizeOf = ({ size = EMBEDDING_SIZE }: Pick<StoredSample, 'size'>): number => size;
