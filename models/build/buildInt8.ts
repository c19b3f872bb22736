/**
 * Makes the int8 version that ships next to the float32 version of a model, in its folder `int8`. Servers race both and let the faster
 * one serve (docs/quantizing.md).
 *
 *     node --import tsx models/build/buildInt8.ts coco-ssd [--pictures FOLDER]
 *
 * Weights have 7 bits, which run on every processor. Goldens are records of this machine's runtime. What ships was made with
 * pictures that are not in the repository; docs/quantizing.md names them.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { picturesIn } from '../../server/cli/picturesIn.ts';
import { quantizationText } from '../../server/cli/quantizationText.ts';
import { quantizeVersion } from '../../server/import/quantize/quantizeVersion.ts';
import { INT8_FOLDER } from '../../server/library/versionPair.ts';
import { nextToFloat } from './nextToFloat.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pictures: { type: 'string' } },
});
const [id = 'coco-ssd'] = positionals;
const dir = fileURLToPath(new URL(`../${id}`, import.meta.url));
const stagingDir = await mkdtemp(path.join(tmpdir(), 'livelens-int8-'));
try {
  const { pictures: folder } = values;
  const pictures =
    folder === undefined
      ? undefined
      : (await picturesIn(folder, '--pictures')).map((name) => ({ name, file: path.resolve(folder, name) }));
  const { report } = await quantizeVersion({ dir, stagingDir, pictures, bits: 7 }, (text) =>
    console.error(String(text)),
  );
  const to = path.join(dir, INT8_FOLDER);
  await rm(to, { recursive: true, force: true });
  await mkdir(to);
  await cp(path.join(stagingDir, 'model.onnx'), path.join(to, 'model.onnx'));
  await cp(path.join(stagingDir, 'goldens'), path.join(to, 'goldens'), { recursive: true });
  const manifest = await nextToFloat(dir, stagingDir, INT8_FOLDER, folder && ' --pictures FOLDER');
  await writeFile(path.join(to, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(quantizationText(report));
} finally {
  await rm(stagingDir, { recursive: true, force: true });
}
