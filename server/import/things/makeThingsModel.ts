import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Box } from '../../../vision/geometry.ts';
import { recordGolden } from '../../../vision/golden.ts';
import type { ModelInput, SingleGraphManifest } from '../../../vision/manifest.ts';
import { stepsOf } from '../../../vision/steps.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import { type Head, likelihoods, namedBy } from '../../../vision/things/head.ts';
import { decodeHead } from '../../../vision/things/headBytes.ts';
import { THING_SIDE_PX } from '../../../vision/things/thingSide.ts';
import { UNKNOWN } from '../../../vision/things/unknown.ts';
import { cutSample } from '../../inference/cutSample.ts';
import { type OpenModel, openModel, startRuntime } from '../../inference/model.ts';
import { RUNTIME } from '../../inference/runtime.ts';
import { graphFilesIn, readModelFolder, verifyGraphHashes } from '../../library/modelFolder.ts';
import type { ModelRef } from '../../library/modelRef.ts';
import { INPUT_NAME } from '../deploy/deploy.ts';
import { idFrom, type VersionFiles, writeVersion } from '../deploy/writeVersion.ts';
import { decodeFor, toPng } from '../pictures/samplePictures.ts';
import { joinHead } from './joinHead.ts';

/** A sample of a thing, as it lies in a collection. */
export interface GoldenSample {
  /** Of the thing. */
  readonly name: string;
  /** JPEG */
  readonly picture: Uint8Array;
  /** Where the thing is in it, in 0..1. */
  readonly box: Box;
}

export interface ThingsModelTask {
  /** The model that embeds things. */
  readonly model: ModelRef;
  /** Bytes of the head. */
  readonly head: Uint8Array;
  /** What people call the model. */
  readonly name: string;
  /** Pictures of samples, for goldens. */
  readonly samples: readonly GoldenSample[];
  /** Absolute path of the text of that model's licence. */
  readonly licenseFile: string | undefined;
  /** An empty folder. */
  readonly dir: string;
}

export interface MadeThingsModel {
  readonly labels: readonly string[];
  readonly goldens: number;
  /** File name of the graph. */
  readonly graph: string;
  /** Of a score of the graph to what the head says. */
  readonly largestDifference: number;
}

const SIDE = { width: THING_SIDE_PX, height: THING_SIDE_PX };
/** As the model of things sees what was cut out. */
const INPUT: ModelInput = {
  name: INPUT_NAME,
  ...SIDE,
  steps: stepsOf({ ...SIDE, fit: 'stretch', resample: 'antialiased' }),
};
/** What a runtime may add up in another order. */
const MAX_DIFFERENCE = 1e-4;
const MIN_SCORE = { floor: 0, default: 0.5 };

/**
 * Writes what was taught as a model of its own: one graph, from pixels to a score for each thing and for "unknown", a model folder
 * with labels and goldens. The goldens are what the embedder and the head say, which are no part of that graph.
 * @throws Error where the model of things is another by now, a picture cannot be read, or the graph gives something else
 */
export async function makeThingsModel(task: ThingsModelTask): Promise<MadeThingsModel> {
  const { model, name, samples, dir } = task;
  const folder = await readModelFolder(model.dir, model.manifestFile);
  if (folder.version !== model.version) throw new Error(`${model.dir} holds another version by now.`);
  await verifyGraphHashes(folder);
  const head = decodeHead(task.head);
  const labels = labelsOf(head);
  const graph = joinHead(await readFile(folder.graphFiles.embedder ?? ''), { head, name, labels });

  await startRuntime();
  const things = await openModel(folder, 1);
  const known: Known[] = [];
  for (const sample of samples) known.push(await answerOf(sample, things, head));
  await things.release();

  const { license, provenance } = folder.manifest;
  const manifest = await writeVersion(dir, {
    manifest: manifestOf({ name, graph, license: license.spdx, source: provenance.source }),
    graph,
    labels,
    goldens: known.map(({ golden }) => golden),
    licenseFile: task.licenseFile,
  });
  const made = await openModel({ manifest, labels, graphFiles: graphFilesIn(dir, manifest) }, 1);
  const largestDifference = await compare(made, known);
  await made.release();
  return { labels, graph: manifest.graph.file, goldens: known.length, largestDifference };
}

interface Known {
  readonly golden: VersionFiles['goldens'][number];
  /** uint8 RGB, [160, 160, 3] */
  readonly pixels: Uint8Array;
  readonly scores: Float32Array;
}

/** What the live path says of a sample that is cut out: the embedder of the model of things, and the head. */
async function answerOf({ name, picture, box }: GoldenSample, things: OpenModel, head: Head): Promise<Known> {
  const { views } = await cutSample(picture, 'jpeg', { box, isCut: true, maxPixels: MAX_PIXELS });
  const { pixels } = await decodeFor(views[0] ?? picture, INPUT);
  const answer = await things.run(pixels, SIDE);
  const embedding = answer.task === 'thing-embedding' ? answer.regions.at(-1)?.embedding : undefined;
  if (embedding === undefined) throw new Error('The model of things gave no embedding.');
  const scores = likelihoods(head, embedding);
  const recorded: ModelAnswer = { task: 'image-classification', scores };
  const recordedBy = `livelens things, ${RUNTIME}`;
  const expected = recordGolden(recorded, { recordedBy, minScore: MIN_SCORE.floor });
  const image = await toPng(pixels, INPUT);
  return { golden: { name, image, expected }, pixels, scores };
}

/** Pictures of samples are small; those of a collection that was imported are strangers'. */
const MAX_PIXELS = 16_000_000;

/** @throws Error where one differs by more than runtimes do */
async function compare(made: OpenModel, known: readonly Known[]): Promise<number> {
  let largest = 0;
  for (const { pixels, scores } of known) {
    const answer = await made.run(pixels);
    if (answer.task !== 'image-classification') throw new Error(`The graph was read as ${answer.task}.`);
    for (const [at, score] of scores.entries()) {
      largest = Math.max(largest, Math.abs(score - (answer.scores[at] ?? Number.NaN)));
    }
  }
  if (largest <= MAX_DIFFERENCE) return largest;
  throw new Error(`The graph differs by ${largest} from what was taught.`);
}

/** One line for each thing, in the order of the head, and for what is none of them. */
function labelsOf(head: Head): string[] {
  const taken = new Set<string>([UNKNOWN]);
  const lines = namedBy(head).map(({ name }) => {
    const line = name.replaceAll(/\s+/gu, ' ').trim();
    let label = line;
    for (let count = 2; taken.has(label); count++) label = `${line} ${count}`;
    taken.add(label);
    return label;
  });
  return [...lines, UNKNOWN];
}

function manifestOf({
  name,
  graph,
  license,
  source,
}: {
  name: string;
  graph: Uint8Array;
  license: string;
  source: string;
}): SingleGraphManifest {
  const id = idFrom(name);
  return {
    schema: 1,
    id,
    name,
    description: 'Names things that a person taught; exported from a collection of My things.',
    task: 'image-classification',
    // One that is called "model" would be named by the folder or zip that it lies in.
    graph: { file: `${id}.onnx`, sha256: createHash('sha256').update(graph).digest('hex') },
    labels: 'labels.txt',
    input: INPUT,
    minScore: MIN_SCORE,
    goldens: [],
    license: { spdx: license },
    provenance: { source: `A collection of My things; ${source}` },
  };
}
