import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PhotoName } from '../../../testing/media.ts';
import type { readPreprocessing } from './readPreprocessing.ts';

const FOLDER = path.join(import.meta.dirname, '../../fixtures/preprocessing');

/** A published form, and what Python's libraries make of two photos with it. */
export interface Form {
  readonly id: string;
  /** What the files hold, as text. */
  readonly texts: Parameters<typeof readPreprocessing>[0];
  readonly channels: 'RGB' | 'BGR';
  readonly scaleAndOffset: readonly (readonly [scale: number, offset: number])[];
  readonly pictures: readonly {
    /** Name of the photo in e2e/media. */
    readonly photo: PhotoName;
    /** After all steps, pixels. */
    readonly width: number;
    readonly height: number;
    /** The lower right part of what Pillow made of it, or all; see the folder's README. */
    readonly expected: string;
  }[];
}

/** The 41 forms; fixtures/preprocessing/README.md says where they come from. */
export async function forms(): Promise<Form[]> {
  const all: {
    id: string;
    files: Record<string, unknown>;
    pictures: { cat: string; astronaut: string };
    channels: string;
    scaleAndOffset: [number, number][];
  }[] = JSON.parse(await readFile(path.join(FOLDER, 'forms.json'), 'utf8'));
  return all.map(({ id, files, pictures, channels, scaleAndOffset }) => ({
    id,
    texts: Object.fromEntries(Object.entries(files).map(([name, file]) => [name, JSON.stringify(file)])),
    channels: channels === 'bgr' ? 'BGR' : 'RGB',
    scaleAndOffset,
    pictures: (['cat', 'astronaut'] as const).map((photo) => {
      const file = pictures[photo];
      const [, width, height] = /-(\d+)x(\d+)-/.exec(file) ?? [];
      return {
        photo: `${photo}.png` as const,
        width: Number(width),
        height: Number(height),
        expected: path.join(FOLDER, file),
      };
    }),
  }));
}
