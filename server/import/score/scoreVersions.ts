import { setPriority } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../../protocol/errors.ts';
import type { ScoreReport } from '../../../protocol/score.ts';
import { MAX_PREDICTED_LABELS } from '../../../vision/maxLabels.ts';
import { type PictureAnswer, taskOf } from '../../../vision/tasks/taskOf.ts';
import { findMachine } from '../../config/machine.ts';
import { type Decoded, setDecodeThreads } from '../../inference/decode.ts';
import { type OpenModel, openModel } from '../../inference/model.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../../library/modelFolder.ts';
import { ImportError } from '../importError.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import type { Judge } from './judge.ts';
import { openJudges } from './openJudges.ts';
import { decodePicture, type Picture, readPicture } from './readPicture.ts';

/** What is scored, and on what. */
export interface ScoreTask {
  /** The model's folder, `models/<id>`. */
  readonly dir: string;
  /** Manifests of the versions, one or two. */
  readonly manifests: readonly string[];
  /** The folder with the pictures, absolute. */
  readonly folder: string;
  /** A file in COCO's format with the truth, absolute; without it, it is looked for around the pictures. */
  readonly truthFile?: string | undefined;
  /** Number of worst pictures in the report. */
  readonly worst: number;
  /** ISO 8601. */
  readonly at: string;
}

interface Scored {
  readonly folder: ModelFolder;
  readonly model: OpenModel;
  readonly judge: Judge;
}

/**
 * Runs versions of a model, as they are served, on pictures whose truth is known. A picture that cannot be read is skipped.
 * @param onPicture is told how many of all are done
 * @throws ImportError `unknown_source` where there are no pictures with truth, `unsupported_model`, `malformed_source` where none of
 *   them can be read, `unrunnable`
 */
export async function scoreVersions(
  task: ScoreTask,
  onPicture: (done: number, of: number) => void = () => {},
): Promise<ScoreReport> {
  yieldToServers();
  const { cores } = findMachine();
  setDecodeThreads(1);
  const folders: ModelFolder[] = [];
  for (const manifest of task.manifests) folders.push(await readModelFolder(task.dir, manifest));
  const judges = await openJudges(task, folders);
  const scored: Scored[] = [];
  try {
    for (const [at, folder] of folders.entries()) {
      const judge = judges[at];
      if (judge === undefined) throw new Error('A version has no judge.');
      await verifyGraphHashes(folder);
      scored.push({ folder, judge, model: await openModel(folder, cores) });
    }
    const skipped = await judgePictures(scored, onPicture);
    const [first] = folders;
    return {
      id: path.basename(task.dir),
      name: first?.manifest.name ?? '',
      skipped,
      versions: scored.map(({ folder, judge }) => {
        const { score, ...result } = judge.result();
        return {
          version: folder.version,
          score: { ...score, at: task.at, set: path.basename(task.folder) },
          ...result,
        };
      }),
    };
  } finally {
    for (const { model } of scored) await model.release();
  }
}

async function judgePictures(
  scored: readonly Scored[],
  onPicture: (done: number, of: number) => void,
): Promise<ScoreReport['skipped']> {
  // Versions may have different labels, and so know the truth of different pictures.
  const pictures = [
    ...new Map(scored.flatMap(({ judge }) => judge.pictures.map((one) => [one.file, one]))),
  ].map(([, picture]) => picture);
  const skipped: { picture: string; why: string }[] = [];
  // The next picture is decoded in threads of its own, while the graphs run on this one.
  let next = pictures[0] && prepare(pictures[0], scored);
  for (const [at, picture] of pictures.entries()) {
    const prepared = next;
    const following = pictures[at + 1];
    next = following && prepare(following, scored);
    const found = await prepared;
    if (found === undefined || 'why' in found) {
      skipped.push({ picture: picture.name, why: found?.why ?? '' });
    } else {
      for (const [version, one] of scored.entries()) {
        const decoded = found.decoded[version];
        if (decoded === undefined) continue;
        const why = await one.judge.see(picture, await answerTo(decoded, one), found.picture.size);
        if (why !== undefined && version === 0) skipped.push({ picture: picture.name, why });
      }
    }
    onPicture(at + 1, pictures.length);
  }
  return skipped;
}

interface Prepared {
  readonly picture: Picture;
  /** For each version. */
  readonly decoded: readonly Decoded[];
}

/** Never rejects: one bad picture fails alone. */
async function prepare(
  { file }: PictureFile,
  scored: readonly Scored[],
): Promise<Prepared | { readonly why: string }> {
  try {
    const picture = await readPicture(file);
    const known = new Map<string, Promise<Decoded>>();
    const decoded: Decoded[] = [];
    for (const { folder } of scored) {
      const { input } = folder.manifest;
      const key = JSON.stringify({ ...input, name: '' });
      const pixels = known.get(key) ?? decodePicture(picture, input);
      known.set(key, pixels);
      decoded.push(await pixels);
    }
    return { picture, decoded };
  } catch (cause) {
    return { why: messageOf(cause) };
  }
}

async function answerTo(
  { pixels, size, fitted }: Decoded,
  { model, folder: { manifest, labels } }: Scored,
): Promise<PictureAnswer> {
  const answer = await model.run(pixels, size).catch((cause: unknown) => {
    throw new ImportError('unrunnable', `The model fails on a picture: ${messageOf(cause)}`, { cause });
  });
  return taskOf(manifest.task).toPicture(answer, { labels, fitted, maxLabels: MAX_PREDICTED_LABELS });
}

/** Live frames of a server on this machine come first. */
function yieldToServers(): void {
  try {
    setPriority(5);
  } catch {
    // Some containers forbid it: then it competes like all others.
  }
}
