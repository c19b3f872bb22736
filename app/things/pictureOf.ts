import { WHOLE } from '../../vision/geometry.ts';
import { canvasToBlob } from '../capture/canvasToBlob.ts';
import { drawSample } from '../capture/drawSample.ts';
import { headerSize } from '../capture/headerSize.ts';
import type { NamedFile } from '../models/modelFiles.ts';
import type { NamedPicture, SampleName, TakenSample } from './collection.ts';

/** What every server reads is sent as it is up to this size, bytes; all else smaller, as a JPEG. */
const AS_IT_IS_BYTES = 300_000;
const AS_IT_IS = ['image/jpeg', 'image/png', 'image/webp'];
const JPEG_QUALITY = 0.92;
/**
 * Of a JPEG, PNG or WebP file. Browsers may decode all of it before they draw it smaller, at 4 bytes a pixel: 480 MB are about what the
 * page of a phone can have. Phones with 200 million pixels are set to 12 or 50; what they take with all of them is refused. Of other
 * formats (AVIF, HEIC, GIF, BMP) the size is not known before, and only what the browser's decoder refuses bounds them.
 */
const MAX_PIXELS = 120e6;

class PictureError extends Error {
  override readonly name = 'PictureError';
  constructor(
    readonly code: 'no_picture' | 'too_many_pixels',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A file as a sample: all of the picture is the thing.
 * @throws PictureError where the browser cannot read it, or would need too much memory for that
 */
async function sampleOfFile(file: File): Promise<TakenSample> {
  const unreadable = (cause: unknown): never => {
    throw new PictureError('no_picture', `${file.name} is no picture that this browser reads.`, { cause });
  };
  // Before it is decoded: a small file may have so many pixels that the page runs out of memory.
  const { width = 0, height = 0 } = (await headerSize(file).catch(unreadable)) ?? {};
  if (width * height > MAX_PIXELS) {
    const sizes = `${width} x ${height} pixels, and ${MAX_PIXELS / 1e6} million are the most`;
    throw new PictureError(
      'too_many_pixels',
      `${file.name} has ${sizes}. Make it smaller, and add it again.`,
    );
  }
  const bitmap = await createImageBitmap(file, {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
  }).catch(unreadable);
  try {
    if (AS_IT_IS.includes(file.type) && file.size <= AS_IT_IS_BYTES) return { picture: file, box: WHOLE };
    const canvas = drawSample(bitmap);
    try {
      return { picture: await canvasToBlob(canvas, 'image/jpeg', JPEG_QUALITY), box: WHOLE };
    } finally {
      canvas.width = 0;
    }
  } finally {
    bitmap.close();
  }
}

export const picturesOf = (files: readonly File[], name: SampleName): NamedPicture[] =>
  files.map((file) => ({ fileName: file.name, name, read: () => sampleOfFile(file) }));

/** Pictures of folders, a folder a thing. */
export const picturesInFolders = (files: readonly NamedFile[]): NamedPicture[] =>
  files.map(({ path, file }) => ({
    fileName: path,
    name: { name: thingOfPath(path), isNothing: false },
    read: () => sampleOfFile(file),
  }));

/** What a picture shows: its folder's name, or, of one that is in none, its own without number and ending. */
export function thingOfPath(path: string): string {
  const [file = '', folder] = path.split('/').reverse();
  const name = folder ?? file.replace(/\.[^.]*$/, '').replace(/[\s_-]*\(?\d*\)?$/, '');
  return name.trim().slice(0, 60) || file;
}
