import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ImportError } from '../importError.ts';
import { type PictureFile, pictureFilesIn } from '../pictures/pictureFiles.ts';
import { linesNamed } from '../truth/linesNamed.ts';
import { someOf } from './judge.ts';

/** A folder with pictures of one class. */
export interface ClassFolder {
  readonly name: string;
  /** Named from the folder of all classes. */
  readonly pictures: readonly PictureFile[];
}

/** ImageNet's folders: numbers of WordNet. */
const SYNSET = /^n\d{8}$/;
/** Files that say what they mean, a line each: `n01440764 tench, Tinca tinca`. */
const SYNSET_FILES = ['LOC_synset_mapping.txt', 'synset_words.txt', 'words.txt'];

/** The folders of a data set with a folder for each class, in order of name. @throws ImportError `unknown_source` */
export async function readClassFolders(folder: string): Promise<ClassFolder[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new ImportError('unknown_source', `There is no folder ${folder}.`);
  });
  const names = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  const all = await Promise.all(
    names.sort().map(async (name) => ({
      name,
      pictures: (await pictureFilesIn(path.join(folder, name))).map((picture) => ({
        ...picture,
        name: `${name}/${picture.name}`,
      })),
    })),
  );
  const found = all.filter(({ pictures }) => pictures.length > 0);
  if (found.length > 0) return found;
  throw new ImportError(
    'unknown_source',
    `${folder} has no folders with JPEG, PNG or WebP pictures. A classifier is scored on a folder for each class, named after its label, such as cat/1.jpg and dog/2.jpg.`,
  );
}

/** What the folders mean: lines of the labels file, by the folders' names; none for a folder that no label is called. */
export async function linesOfFolders(
  folder: string,
  folders: readonly ClassFolder[],
  labels: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const names = folders.map(({ name }) => name);
  if (!names.every((name) => SYNSET.test(name)) || labels.some((label) => SYNSET.test(label))) {
    return new Map(names.map((name) => [name, linesNamed(name, labels)]));
  }
  const words = await synsetWords(folder);
  if (words !== undefined) {
    const linesOf = (name: string) => {
      const called = words.get(name);
      return called === undefined ? [] : linesNamed(called, labels);
    };
    return new Map(names.map((name) => [name, linesOf(name)]));
  }
  // Networks of ImageNet count its classes in the order of their numbers; TensorFlow's have one more in front.
  const first = labels.length - names.length;
  const isBackground = first === 1 && /^(background|dummy)\b/i.test(labels[0] ?? '');
  if (first === 0 || isBackground) return new Map(names.map((name, at) => [name, [first + at]]));
  throw new ImportError(
    'unknown_source',
    `The folders are numbers of WordNet (${someOf(names, 2)}), and nothing says what they mean. Put ImageNet's LOC_synset_mapping.txt or synset_words.txt next to them, or name the folders after the model's labels.`,
  );
}

async function synsetWords(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  // Of `ILSVRC/Data/CLS-LOC/val` it lies at the top.
  const dirs = [folder];
  for (let up = 0; up < 4; up++) dirs.push(path.dirname(dirs.at(-1) ?? folder));
  for (const dir of dirs) {
    for (const name of SYNSET_FILES) {
      const text = await readFile(path.join(dir, name), 'utf8').catch(() => undefined);
      const lines = text?.split(/\r?\n/).flatMap((line) => {
        const [, number, words] = /^(n\d{8})\s+(\S.*)$/.exec(line) ?? [];
        return number !== undefined && words !== undefined ? [[number, words] as const] : [];
      });
      if (lines && lines.length > 0) return new Map(lines);
    }
  }
  return undefined;
}
