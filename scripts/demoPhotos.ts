import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';

/**
 * Makes the photos of the built-in demo, `app/demo/*.jpg`, from the CC0 photos of `e2e/media`. Run as a program it writes them:
 * `node --import tsx scripts/demoPhotos.ts`.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a page downloads before the demo starts: at 90 the artefacts of JPEG are not seen, and the two take 110 KB. */
const QUALITY = 90;

export const DEMO_PHOTOS = ['cat', 'cup'] as const;
export type DemoPhoto = (typeof DEMO_PHOTOS)[number];

export const demoPhotoSource = (photo: DemoPhoto): string => path.join(ROOT, 'e2e/media', `${photo}.png`);
export const demoPhotoFile = (photo: DemoPhoto): string => path.join(ROOT, 'app/demo', `${photo}.jpg`);

/** The JPEG of a photo, at its own size. */
export const makeDemoPhoto = (photo: DemoPhoto): Promise<Buffer> =>
  sharp(demoPhotoSource(photo))
    .removeAlpha()
    .jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer();

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const photo of DEMO_PHOTOS) await writeFile(demoPhotoFile(photo), await makeDemoPhoto(photo));
}
