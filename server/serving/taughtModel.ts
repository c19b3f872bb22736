import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { THINGS_MODEL, THINGS_PREFIX } from '../../protocol/things.ts';
import { type Head, namedBy } from '../../vision/things/head.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import { findServed } from './findServed.ts';
import type { ServedModel } from './modelDirectory.ts';

/** The collections of taught things, as far as models are concerned. */
export interface TaughtCollections {
  /**
   * What gives names now; undefined where there is no such collection. It says nothing while samples are embedded again by another version
   * of their model.
   */
  headOf(collection: string): (() => Head | undefined) | undefined;
  /** The id of the model that embeds its things; undefined for the shipped one. */
  embedderOf(collection: string): string | undefined;
  /**
   * Makes sure that it was learned.
   * @param version of the model that embeds its things
   * @returns undefined where it was
   */
  load(collection: string, version: string): Promise<void> | undefined;
  /** Called after a collection was removed, or got another embedder. Returns its disposer. */
  onChanged(listener: () => void): () => void;
}

/** The id of the collection that a model's id names; undefined where it names none. */
export const collectionIn = (modelId: string): string | undefined =>
  modelId.startsWith(THINGS_PREFIX) ? modelId.slice(THINGS_PREFIX.length) : undefined;

const namesOf = (head: Head | undefined) => (head ? namedBy(head).map(({ name }) => name) : []);

/**
 * A collection as a model: the one that embeds things, with names of what was taught.
 * @throws CodedError `unknown_model`, also where the model that embeds its things is gone, or `not_ready` while nothing serves
 */
export function findTaught(
  collection: string,
  serving: readonly ModelFolder[],
  collections: TaughtCollections | undefined,
): ModelFolder & ServedModel {
  const folder = findServed(serving, THINGS_MODEL);
  const taught = collections?.headOf(collection);
  const id = `${THINGS_PREFIX}${collection}`;
  if (taught === undefined) {
    throw new CodedError('unknown_model', aboutModels('no_model', { id: id.slice(0, 80) }));
  }
  const embedder = collections?.embedderOf(collection);
  if (
    embedder !== undefined &&
    !serving.some(({ manifest }) => manifest.id === embedder && manifest.task === 'image-embedding')
  ) {
    throw new CodedError('unknown_model', aboutThings('embedder_gone', { model: embedder }));
  }
  return {
    ...folder,
    manifest: { ...folder.manifest, id },
    labels: namesOf(taught()),
    runs: THINGS_MODEL,
    taught,
    embedder: () => collections?.embedderOf(collection),
  };
}
