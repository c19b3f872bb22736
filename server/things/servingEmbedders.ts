import { type EmbedderInfo, THINGS_MODEL } from '../../protocol/things.ts';
import { findIfServed } from '../serving/findServed.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';

/** Of a model that may embed taught things: as collections call it, by its id or undefined for the shipped one. */
export const embedderOf = (model: string): string | undefined => (model === THINGS_MODEL ? undefined : model);

/** The version of it that serves now; undefined where it does not. */
export const servingVersionOf = (
  models: Pick<ModelDirectory, 'find'>,
  embedder: string | undefined,
): string | undefined => findIfServed(models, embedder ?? THINGS_MODEL)?.version;

/** The models that can embed taught things now, the shipped one first. */
export function servingEmbedders(models: Pick<ModelDirectory, 'find' | 'serving'>): EmbedderInfo[] {
  const infoOf = (id: string, name: string): EmbedderInfo => ({ model: id, name, serves: true });
  const shipped = findIfServed(models, THINGS_MODEL);
  return [
    ...(shipped ? [infoOf(THINGS_MODEL, shipped.manifest.name)] : []),
    ...models.serving
      .filter(({ manifest }) => manifest.task === 'image-embedding')
      .map(({ manifest }) => infoOf(manifest.id, manifest.name)),
  ];
}
