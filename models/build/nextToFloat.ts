import path from 'node:path';
import { readManifest } from '../../server/library/manifestFile.ts';
import { type Manifest, withGraphs } from '../../vision/manifest.ts';

/**
 * The manifest of a quantised version as it stands in a folder next to the float32 version: its paths start at the model's folder,
 * and labels and licence are those that lie there.
 * @param dir of the float32 version, `models/<id>`
 * @param stagingDir of the quantised version
 * @param folder of the int8 version, in `dir`
 * @param given options that the command was given
 */
export async function nextToFloat(
  dir: string,
  stagingDir: string,
  folder: string,
  given = '',
): Promise<Manifest> {
  const float = await readManifest(path.join(dir, 'manifest.json'));
  const int8 = await readManifest(path.join(stagingDir, 'manifest.json'));
  return {
    ...withGraphs(int8, (graph) => ({ ...graph, file: `${folder}/${graph.file}` })),
    ...(float.labels !== undefined && { labels: float.labels }),
    license: float.license,
    goldens: int8.goldens.map(({ image, expected }) => ({
      image: `${folder}/${image}`,
      expected: `${folder}/${expected}`,
    })),
    provenance: {
      ...int8.provenance,
      command: `node --import tsx models/build/buildInt8.ts ${int8.id}${given}`,
    },
  };
}
