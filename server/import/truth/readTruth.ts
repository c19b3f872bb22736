import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import { classNamesIn } from './classNamesIn.ts';
import { type CocoFile, type CocoPicture, parseCoco } from './cocoTruth.ts';
import type { TruePicture, Truth } from './truth.ts';
import { parseYolo } from './yoloTruth.ts';

/** More than COCO's own largest file takes memory for nothing. */
const MAX_BYTES = 500_000_000;
/** Files in which YOLO's tools name the classes. */
const CLASS_FILES = ['data.yaml', 'data.yml', 'classes.txt', 'obj.names'];

/**
 * What is in the pictures of a folder, from what lies around them: a JSON file in COCO's format next to them, in `annotations/` next
 * to their folder, or one folder up where theirs is called `images`; or a text file for each picture in YOLO's, next to it, or in the
 * folder that is called `labels` where theirs, or one above it, is called `images`.
 * @param labels of the model: what YOLO's numbers mean where no file names the classes
 * @returns undefined where there is none of it
 */
export async function readTruth(
  pictures: readonly PictureFile[],
  labels: readonly string[],
): Promise<Truth | undefined> {
  const [first] = pictures;
  if (first === undefined) return undefined;
  const dir = path.dirname(first.file);
  return (await fromCoco(dir, pictures)) ?? (await fromYolo(dir, pictures, labels));
}

/** Of one file. @returns undefined where it is not in COCO's format, or names none of the pictures */
export async function readCocoFile(
  file: string,
  pictures: readonly PictureFile[],
): Promise<Truth | undefined> {
  const found = parseCoco((await textOf(file)) ?? '');
  return found && ofPictures(found, pictures);
}

async function fromCoco(dir: string, pictures: readonly PictureFile[]): Promise<Truth | undefined> {
  const above = path.dirname(dir);
  const dirs = [
    dir,
    ...(path.basename(dir) === 'images' ? [above] : []),
    ...[dir, above, path.dirname(above)].map((one) => path.join(one, 'annotations')),
  ];
  for (const one of dirs) {
    const files = (await readdir(one).catch(() => [])).filter((file) => /\.json$/i.test(file)).sort();
    // Of `instances_train2017.json` and `instances_val2017.json` the one that the folder is named after: the other may be huge.
    const isNamed = (file: string) => file.includes(path.basename(dir));
    for (const file of [...files.filter(isNamed), ...files.filter((file) => !isNamed(file))]) {
      const truth = await readCocoFile(path.join(one, file), pictures);
      if (truth) return truth;
    }
  }
  return undefined;
}

function ofPictures(
  { pictures: described, classes }: CocoFile,
  pictures: readonly PictureFile[],
): Truth | undefined {
  const wanted = new Set(pictures.map(({ name }) => name));
  const found = described.filter(({ name }) => wanted.has(name));
  if (found.length === 0) return undefined;
  return { pictures: new Map(found.map((picture) => [picture.name, inFractions(picture)])), classes };
}

/** Undefined for what is too large or cannot be read, such as a folder: it is no truth. */
async function textOf(file: string): Promise<string | undefined> {
  const { size } = (await stat(file).catch(() => undefined)) ?? { size: 0 };
  return size > MAX_BYTES ? undefined : readFile(file, 'utf8').catch(() => undefined);
}

const inFractions = ({ width, height, things }: CocoPicture): TruePicture => ({
  size: { width, height },
  things: things.map(({ label, isCrowd, area, box: [x, y, w, h] }) => ({
    label,
    isCrowd,
    area,
    box: [x / width, y / height, w / width, h / height],
  })),
});

async function fromYolo(
  dir: string,
  pictures: readonly PictureFile[],
  labels: readonly string[],
): Promise<Truth | undefined> {
  const parts = dir.split(path.sep);
  const at = parts.lastIndexOf('images');
  const folders = [dir, ...(at < 0 ? [] : [parts.with(at, 'labels').join(path.sep)])];
  // The names stand at the top of the set, which is where `images` is, or next to the pictures.
  const tops = at < 0 ? [dir] : [dir, parts.slice(0, at).join(path.sep), path.dirname(dir)];
  const classes = (await classNamesIn(tops, CLASS_FILES)) ?? labels;
  const truth = new Map<string, TruePicture>();
  for (const { name } of pictures) {
    const file = name.replace(/\.\w+$/, '.txt');
    for (const folder of folders) {
      const text = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
      const things = text === undefined ? undefined : parseYolo(text, classes);
      if (things) truth.set(name, { things });
    }
  }
  return truth.size > 0 ? { pictures: truth, classes } : undefined;
}
