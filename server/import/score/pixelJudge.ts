import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../protocol/errors.ts';
import type { JudgedPicture } from '../../../protocol/score.ts';
import { countPixels, iouOf, meanIou, noPixels, UNLABELLED } from '../../../vision/meanIou.ts';
import type { taskOf } from '../../../vision/tasks/taskOf.ts';
import { ImportError } from '../importError.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import { readClassMask } from '../truth/classMask.ts';
import { classNamesIn } from '../truth/classNamesIn.ts';
import { linesCalled } from '../truth/linesNamed.ts';
import { type Judge, type JudgedVersion, someOf, worstOf } from './judge.ts';
import { MAX_BYTES, MAX_PIXELS } from './readPicture.ts';

/** Folders of masks, in place of the one with the pictures, as PASCAL VOC, ADE20K and others call them. */
const MASK_FOLDERS = ['masks', 'SegmentationClass', 'annotations', 'labels'];
const PICTURE_FOLDERS = ['images', 'JPEGImages'];
/** What the numbers in masks mean, a line each from 0. */
const CLASS_FILES = ['classes.txt', 'labels.txt'];
/** Names of what is left out, whatever its number. */
const LEFT_OUT = /^(void|ignored?|unlabell?ed|unknown|255)$/i;
/** Masks use it for what no one has labelled. */
const VOID = 255;

/** Of the task. */
type PixelLabels = NonNullable<ReturnType<typeof taskOf>['pixelLabels']>;

/** Pictures with masks, and what their numbers mean. */
export interface Masks {
  readonly pictures: readonly PictureFile[];
  /** By the pictures' files. */
  readonly fileOf: ReadonlyMap<string, string>;
  /** By number; undefined where nothing says, and numbers are lines of the labels file. */
  readonly classes: readonly string[] | undefined;
}

/** The PNG masks of pictures, of the same name, in a folder next to theirs. @throws ImportError `unknown_source` where there are none */
export async function findMasks(pictures: readonly PictureFile[]): Promise<Masks> {
  const dir = path.dirname(pictures[0]?.file ?? '');
  const parts = dir.split(path.sep);
  const at = parts.findLastIndex((part) => PICTURE_FOLDERS.includes(part));
  const dirs = MASK_FOLDERS.flatMap((name) => [
    path.join(dir, name),
    ...(at < 0 ? [] : [parts.with(at, name).join(path.sep)]),
  ]);
  for (const masks of dirs) {
    const fileOf = new Map<string, string>();
    for (const { name, file } of pictures) {
      const mask = path.join(masks, name.replace(/\.\w+$/, '.png'));
      if ((await stat(mask).catch(() => undefined))?.isFile()) fileOf.set(file, mask);
    }
    if (fileOf.size === 0) continue;
    const tops = [masks, path.dirname(masks), path.dirname(path.dirname(masks))];
    return {
      pictures: pictures.filter(({ file }) => fileOf.has(file)),
      fileOf,
      classes: await classNamesIn(tops, CLASS_FILES),
    };
  }
  throw new ImportError(
    'unknown_source',
    'Nothing says what is in the pictures. Put a PNG with the number of the class of each pixel, and the name of the picture, in a folder "masks" next to "images", and the names of the classes in classes.txt, one a line.',
  );
}

/** Classes of pixels: mean intersection over union. @throws ImportError `unknown_source` where the model has none of the classes */
export function judgePixels(
  { labels }: Pick<JudgedVersion, 'labels'>,
  masks: Masks,
  { worst, pixelLabels }: { worst: number; pixelLabels: PixelLabels },
): Judge {
  const classes = masks.classes ?? labels;
  const lines = classes.map((name) => (LEFT_OUT.test(name) ? UNLABELLED : lineOf(name, labels)));
  const lacking = classes.filter((name, number) => lines[number] === UNLABELLED && !LEFT_OUT.test(name));
  if (lines.every((line) => line === UNLABELLED)) {
    throw new ImportError(
      'unknown_source',
      `The masks have classes for ${someOf(classes)}; the model knows ${someOf(labels)}. It cannot find any of them.`,
    );
  }
  const counts = noPixels(labels.length);
  const judged: JudgedPicture[] = [];
  let pictures = 0;
  return {
    pictures: masks.pictures,
    async see({ name, file }, answer) {
      try {
        const mask = await readMask(masks.fileOf.get(file) ?? '');
        const truth = Int16Array.from(mask.classes, (number) =>
          number === VOID ? UNLABELLED : (lines[number] ?? UNLABELLED),
        );
        const found = pixelLabels(answer, mask, labels);
        countPixels(counts, truth, found);
        pictures += 1;
        judged.push(wrongPixels(name, truth, found, labels));
        return undefined;
      } catch (cause) {
        return `its mask: ${messageOf(cause)}`;
      }
    },
    result() {
      const there = counts.flatMap((one, line) =>
        one.truth > 0 ? [{ ...one, label: labels[line] ?? '' }] : [],
      );
      const all = there.reduce((sum, { truth }) => sum + truth, 0);
      if (all === 0) {
        throw new ImportError(
          'unknown_source',
          'No mask that could be read has a class that the model knows.',
        );
      }
      return {
        score: {
          kind: 'pixels',
          pictures,
          classes: there.length,
          meanIou: meanIou(counts),
          right: there.reduce((sum, { shared }) => sum + shared, 0) / all,
        },
        more: {},
        classes: there.map((one) => ({ label: one.label, count: one.truth, score: iouOf(one) })),
        worst: worstOf(judged, worst),
        notes:
          lacking.length === 0
            ? []
            : [`Classes that the model does not have were left out: ${someOf(lacking)}.`],
      };
    },
  };
}

const lineOf = (name: string, labels: readonly string[]): number =>
  linesCalled(name, labels)[0] ?? UNLABELLED;

async function readMask(file: string) {
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw new Error(`At most ${MAX_BYTES} bytes, the file has ${size}.`);
  return readClassMask(await readFile(file), MAX_PIXELS);
}

/** Classes with the most pixels first. */
function wrongPixels(
  picture: string,
  truth: Int16Array,
  found: Int16Array,
  labels: readonly string[],
): JudgedPicture {
  const missed = new Map<number, number>();
  const wrong = new Map<number, number>();
  let [all, faults] = [0, 0];
  for (const [at, right] of truth.entries()) {
    if (right === UNLABELLED) continue;
    all += 1;
    const said = found[at] ?? UNLABELLED;
    if (said === right) continue;
    faults += 1;
    missed.set(right, (missed.get(right) ?? 0) + 1);
    if (said !== UNLABELLED) wrong.set(said, (wrong.get(said) ?? 0) + 1);
  }
  const byCount = (counts: Map<number, number>) => [...counts].toSorted(([, a], [, b]) => b - a);
  return {
    picture,
    faults: all === 0 ? 0 : faults / all,
    missed: byCount(missed).map(([line]) => labels[line] ?? ''),
    wrong: byCount(wrong).map(([line, count]) => ({ label: labels[line] ?? '', score: count / all })),
  };
}
