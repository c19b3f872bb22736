import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

export type PhotoName = 'cat.png' | 'cup.png' | 'astronaut.png' | 'rocket.jpg';

/** A photo as it lies in e2e/media, whole. */
export const photo = async (name: PhotoName): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(`e2e/media/${name}`));

/** A photo as the page sends it: at the model's size, JPEG. */
export const frameOf = async (name: PhotoName, size = { width: 300, height: 300 }): Promise<Uint8Array> =>
  sharp(await photo(name))
    .resize(size.width, size.height, { fit: 'fill' })
    .flatten()
    .jpeg({ quality: 70 })
    .toBuffer();
