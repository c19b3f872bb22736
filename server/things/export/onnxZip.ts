import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { abortable } from '../../../protocol/abortable.ts';
import { CodedError, messageOf } from '../../../protocol/errors.ts';
import { aboutThings } from '../../../protocol/sentences/things.ts';
import { THINGS_MODEL, withoutSecret } from '../../../protocol/things.ts';
import { namedBy } from '../../../vision/things/head.ts';
import { encodeHead } from '../../../vision/things/headBytes.ts';
import { type ZipEntry, zipStream } from '../../../vision/zip/zipStream.ts';
import { exists } from '../../disk/atomic.ts';
import { fileContent } from '../../disk/fileContent.ts';
import { openWorkspace } from '../../disk/workspaces.ts';
import { runThingsModel } from '../../import/run/process.ts';
import type { GoldenSample, MadeThingsModel } from '../../import/things/makeThingsModel.ts';
import { modelRef } from '../../library/modelFolder.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import type { ModelRegistry } from '../../serving/registry.ts';
import type { Collection } from '../collection.ts';
import type { Embedders } from '../taughtCollections.ts';

export interface OnnxZipOptions {
  readonly models: Pick<ModelRegistry, 'find'>;
  readonly embedders: Pick<Embedders, 'settled'>;
  /** Where the model lies until it has left: the models' folder. */
  readonly modelsDir: string;
}

/** As many as an import records. */
const MAX_GOLDENS = 6;
/** Each loads a network, and keeps a core busy. */
const makings = createSemaphore(1);

/**
 * What a collection knows as a model of its own: a zip that `models add` takes, whose graph any other ONNX runtime runs.
 * @param ended aborts when the zip has left, or is not wanted any more
 * @throws CodedError `conflict` where there are no things, or no model can be made; see ModelDirectory.load
 */
export async function onnxZip(
  collection: Collection,
  { models, embedders, modelsDir }: OnnxZipOptions,
  ended: AbortSignal,
): Promise<AsyncGenerator<Uint8Array<ArrayBuffer>, void>> {
  const name = withoutSecret(collection.id);
  // Samples that another version of the model embedded are embedded again before it is made.
  await abortable(embedders.settled(collection.id), ended);
  const head = await collection.learned();
  if (namedBy(head).length === 0)
    throw new CodedError('conflict', aboutThings('nothing_to_export', { id: name }));
  const samples = await goldenSamples(collection);
  const workspace = await openWorkspace(modelsDir);
  try {
    const dir = path.join(workspace.dir, 'model');
    await mkdir(dir);
    const id = head.embedder?.model ?? THINGS_MODEL;
    const folder = models.find(id);
    // What serves is a copy of what a model needs to run, which its licence is not.
    const license = path.join(modelsDir, id, folder.manifest.license.file ?? '');
    const licenseFile = folder.manifest.license.file && (await exists(license)) ? license : undefined;
    const task = { model: modelRef(folder), head: encodeHead(head), name, samples, licenseFile, dir };
    const made = await makings.run(() => runThingsModel(task, { signal: ended }));
    const entries = await entriesOf(dir, name, made);
    // Whatever becomes of the answer: a generator that no one begins to read has no end.
    if (ended.aborted) await workspace.close();
    else ended.addEventListener('abort', () => void workspace.close(), { once: true });
    return zipStream(entries);
  } catch (error) {
    await workspace.close();
    ended.throwIfAborted();
    if (error instanceof CodedError) throw error;
    throw new CodedError('conflict', aboutThings('onnx_failed', { why: messageOf(error) }), { cause: error });
  }
}

/** The newest sample of some of the things, and of what is none of them. */
async function goldenSamples({ things, picture }: Collection): Promise<GoldenSample[]> {
  const named = things.filter(({ isNothing }) => !isNothing).slice(0, MAX_GOLDENS - 1);
  const nothing = things.filter(({ isNothing }) => isNothing);
  return Promise.all(
    [...named, ...nothing].flatMap(({ name, samples }) =>
      samples.slice(-1).map(async ({ id, box }) => ({ name, box, picture: await picture(id) })),
    ),
  );
}

async function entriesOf(dir: string, name: string, made: MadeThingsModel): Promise<ZipEntry[]> {
  const found = await readdir(dir, { withFileTypes: true, recursive: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return [
    ...files.map((file) => ({
      path: path.relative(dir, file).split(path.sep).join('/'),
      content: fileContent(file),
    })),
    { path: 'README.md', content: [Buffer.from(readme(name, made))] },
  ];
}

const readme = (
  name: string,
  { labels, graph, goldens, input: { name: input, width, height }, largestDifference }: MadeThingsModel,
): string => `# ${name}

A classifier in ONNX: ${labels.length - 1} things that a person taught, and "unknown".

- \`${graph}\`: input \`${input}\`, uint8 RGB [N, ${height}, ${width}, 3], the thing alone, stretched to that size; output \`scores\`, float32
  [N, ${labels.length}], a share for each line of \`labels.txt\`, which sum to 1. Normalisation is inside.
- \`goldens/\`: ${goldens} pictures and what was said of them where it was taught. The graph differs by at most ${largestDifference.toExponential(1)}.

With Livelens: \`npm run models -- add FOLDER_OR_ZIP\`. With onnxruntime in Python:

    import numpy, onnxruntime, PIL.Image
    picture = PIL.Image.open("thing.jpg").convert("RGB").resize((${width}, ${height}), PIL.Image.BILINEAR)
    scores, = onnxruntime.InferenceSession("${graph}").run(None, {"${input}": numpy.asarray(picture)[None]})
    labels = open("labels.txt", encoding="utf8").read().splitlines()
    print(labels[scores[0].argmax()], scores[0].max())
`;
