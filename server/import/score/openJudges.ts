import { stat } from 'node:fs/promises';
import path from 'node:path';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { TASKS } from '../../../vision/tasks/tasks.ts';
import { ImportError } from '../importError.ts';
import { type PictureFile, pictureFilesIn } from '../pictures/pictureFiles.ts';
import { readCocoFile, readTruth } from '../truth/readTruth.ts';
import type { Truth } from '../truth/truth.ts';
import { judgeBoxes } from './boxJudge.ts';
import { linesOfFolders, readClassFolders } from './classFolders.ts';
import type { Judge, JudgedVersion } from './judge.ts';
import { judgeNames } from './nameJudge.ts';
import { findMasks, judgePixels } from './pixelJudge.ts';

/** Where the truth lies, and how much is told. */
export interface JudgeOptions {
  readonly folder: string;
  readonly truthFile?: string | undefined;
  readonly worst: number;
}

/** Of models without boxes. */
const TRUTH_OF = {
  names: 'A classifier is scored on a folder for each class.',
  pixels: 'A model that names each pixel is scored on PNG masks next to its pictures.',
} as const;

/**
 * What fits what the model gives: the truth is read once, and compared with each version.
 * @returns one for each version
 * @throws ImportError `unsupported_model`, `unknown_source`
 */
export async function openJudges(
  options: JudgeOptions,
  versions: readonly JudgedVersion[],
): Promise<readonly Judge[]> {
  const { folder, truthFile } = options;
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new ImportError('unknown_source', `There is no folder ${folder}.`);
  }
  const [kind, ...others] = new Set(versions.map(({ manifest }) => kindOf(manifest.task)));
  if (kind === undefined || others.length > 0) {
    throw new ImportError('unsupported_model', 'These versions do different things. Score one at a time.');
  }
  if (truthFile !== undefined && kind !== 'boxes') {
    throw new ImportError('unknown_source', `--truth is for detectors. ${TRUTH_OF[kind]}`);
  }
  if (kind === 'names') {
    const folders = await readClassFolders(folder);
    return Promise.all(
      versions.map(async (version) =>
        judgeNames(version, folders, await linesOfFolders(folder, folders, version.labels), options),
      ),
    );
  }
  const pictures = await picturesOf(folder);
  if (kind === 'pixels') {
    const masks = await findMasks(pictures);
    return versions.map((version) => {
      const { pixelLabels } = taskOf(version.manifest.task);
      if (pixelLabels === undefined) throw new Error(`The task ${version.manifest.task} gives no pixels.`);
      return judgePixels(version, masks, { ...options, pixelLabels });
    });
  }
  // Only a truth of numbers depends on the labels, which most versions share; a file of COCO's may have half a gigabyte.
  const known = new Map<string, Promise<Truth>>();
  return Promise.all(
    versions.map(async (version) => {
      const key = JSON.stringify(version.labels);
      const truth = known.get(key) ?? truthOf(pictures, version.labels, options);
      known.set(key, truth);
      return judgeBoxes(version, pictures, await truth, options);
    }),
  );
}

/** @throws ImportError `unsupported_model` */
function kindOf(name: string): NonNullable<ReturnType<typeof taskOf>['truth']> {
  const { truth } = taskOf(name);
  if (truth !== undefined) return truth;
  const known = TASKS.flatMap((task) => (task.truth === undefined ? [] : [task.name]));
  throw new ImportError(
    'unsupported_model',
    `Models for ${name} have no score here. Those that have: ${known.join(', ')}.`,
  );
}

/** Of the folder, or of its folder `images`, as data sets have one. @throws ImportError `unknown_source` */
async function picturesOf(folder: string): Promise<PictureFile[]> {
  for (const dir of [folder, path.join(folder, 'images'), path.join(folder, 'JPEGImages')]) {
    const found = await pictureFilesIn(dir);
    if (found.length > 0) return found;
  }
  throw new ImportError(
    'unknown_source',
    `${folder} holds no JPEG, PNG or WebP pictures, and no folder "images" with some. Name the folder that the pictures lie in, such as images/val.`,
  );
}

async function truthOf(
  pictures: readonly PictureFile[],
  labels: readonly string[],
  { truthFile }: JudgeOptions,
): Promise<Truth> {
  if (truthFile !== undefined) {
    const truth = await readCocoFile(truthFile, pictures);
    if (truth) return truth;
    throw new ImportError(
      'unknown_source',
      `${truthFile} is not in COCO's format, or names none of these pictures.`,
    );
  }
  const truth = await readTruth(pictures, labels);
  if (truth) return truth;
  throw new ImportError(
    'unknown_source',
    'Nothing says what is in the pictures. Put a JSON file in COCO\'s format next to them, or YOLO\'s text files in a folder "labels" next to "images" with data.yaml or classes.txt; or name a COCO file with --truth FILE.',
  );
}
