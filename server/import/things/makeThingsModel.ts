import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Box } from '../../../vision/geometry.ts';
import { recordGolden } from '../../../vision/golden.ts';
import {
  MAIN_GRAPH,
  type Manifest,
  type ModelInput,
  type SingleGraphManifest,
} from '../../../vision/manifest.ts';
import { stepsOf } from '../../../vision/steps.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import { THING_SIZE } from '../../../vision/things/cutThing.ts';
import { type Head, likelihoods, namedBy } from '../../../vision/things/head.ts';
import { decodeHead } from '../../../vision/things/headBytes.ts';
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
  /** The model that embeds things: the shipped one of things, or one of pictures. */
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
  readonly input: Pick<ModelInput, 'name' | 'width' | 'height'>;
  /** Of a score of the graph to what the head says. */
  readonly largestDifference: number;
}

/** As the model sees what was cut out. */
function inputOf({ task, input }: Manifest): ModelInput {
  const { width, height } = task === 'thing-embedding' ? THING_SIZE : input;
  const name = task === 'thing-embedding' ? INPUT_NAME : input.name;
  const steps = stepsOf({ width, height, fit: 'stretch', resample: 'antialiased' });
  return { name, width, height, steps };
}

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
  const input = inputOf(folder.manifest);
  const file = folder.graphFiles.embedder ?? folder.graphFiles[MAIN_GRAPH] ?? '';
  const graph = joinHead(await readFile(file), { head, name, labels, input });

  await startRuntime();
  const things = await openModel(folder, 1);
  const known: Known[] = [];
  for (const sample of samples) known.push(await answerOf(sample, { things, head, input }));
  await things.release();

  const { license, provenance } = folder.manifest;
  const manifest = await writeVersion(dir, {
    manifest: manifestOf({ name, graph, input, license: license.spdx, source: provenance.source }),
    graph,
    labels,
    goldens: known.map(({ golden }) => golden),
    licenseFile: task.licenseFile,
  });
  const made = await openModel({ manifest, labels, graphFiles: graphFilesIn(dir, manifest) }, 1);
  const largestDifference = await compare(made, known);
  await made.release();
  return { labels, graph: manifest.graph.file, input, goldens: known.length, largestDifference };
}

interface Known {
  readonly golden: VersionFiles['goldens'][number];
  /** uint8 RGB, [160, 160, 3] */
  readonly pixels: Uint8Array;
  readonly scores: Float32Array;
}

/** What the live path says of a sample that is cut out: what embeds things, and the head. */
async function answerOf(
  { name, picture, box }: GoldenSample,
  { things, head, input }: { things: OpenModel; head: Head; input: ModelInput },
): Promise<Known> {
  const { width, height } = input;
  const view = { width, height };
  const { views } = await cutSample(picture, 'jpeg', { box, isCut: true, maxPixels: MAX_PIXELS, view });
  const { pixels } = await decodeFor(views[0] ?? picture, input);
  const answer = await things.run(pixels, view);
  const embedding = embeddingIn(answer);
  if (embedding === undefined) throw new Error('The model that embeds things gave no embedding.');
  const scores = likelihoods(head, embedding);
  const recorded: ModelAnswer = { task: 'image-classification', scores };
  const recordedBy = `livelens things, ${RUNTIME}`;
  const expected = recordGolden(recorded, { recordedBy, minScore: MIN_SCORE.floor });
  const image = await toPng(pixels, input);
  return { golden: { name, image, expected }, pixels, scores };
}

function embeddingIn(answer: ModelAnswer): Float32Array | undefined {
  if (answer.task === 'image-embedding') return answer.embedding.slice();
  return answer.task === 'thing-embedding' ? answer.regions.at(-1)?.embedding : undefined;
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
  input,
  license,
  source,
}: {
  name: string;
  graph: Uint8Array;
  input: ModelInput;
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
    input,
    minScore: MIN_SCORE,
    goldens: [],
    license: { spdx: license },
    provenance: { source: `A collection of My things; ${source}` },
  };
}
