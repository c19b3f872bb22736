/**
 * `node --import tsx models/build/buildBackground.ts`: writes vision/things/background.ts, the embedding of the average picture: the
 * mean over parts of the photos in e2e/media, which are free for anybody. The same photos give the same file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { seeded } from '../../bench/things/seeded.ts';
import { numberToHalf } from '../../vision/half.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';

const PHOTOS = ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg'];
const PARTS = 24;

const random = seeded(99);

const session = await InferenceSession.create('models/things/embedder.onnx');
const mean = new Float64Array(EMBEDDING_SIZE);
for (const name of PHOTOS) {
  const photo = await sharp(await readFile(`e2e/media/${name}`))
    .flatten()
    .png()
    .toBuffer();
  const { width, height } = await sharp(photo).metadata();
  for (let part = 0; part < PARTS; part++) {
    const size = {
      width: Math.round(width * (0.2 + 0.6 * random())),
      height: Math.round(height * (0.2 + 0.6 * random())),
    };
    const left = Math.floor((width - size.width) * random());
    const top = Math.floor((height - size.height) * random());
    const pixels = await sharp(photo)
      .extract({ left, top, ...size })
      .resize(THING_SIDE_PX, THING_SIDE_PX, { fit: 'fill' })
      .raw()
      .toBuffer();
    const image = new Tensor('uint8', new Uint8Array(pixels), [1, THING_SIDE_PX, THING_SIDE_PX, 3]);
    const { embedding } = await session.run({ image });
    if (!(embedding?.data instanceof Float32Array)) throw new Error('The embedder gave no embedding.');
    const length = Math.hypot(...embedding.data);
    for (const [i, value] of embedding.data.entries()) {
      mean[i] = (mean[i] ?? 0) + value / length / (PHOTOS.length * PARTS);
    }
  }
}
const bytes = Buffer.from(Uint16Array.from(mean, numberToHalf).buffer);
await writeFile(
  'vision/things/background.ts',
  `import { halvesToFloats } from '../half.ts';

/** float16, little endian, as base64: made by models/build/buildBackground.ts. */
const MEAN =
  '${bytes.toString('base64')}';

/**
 * The embedding of the average picture, which shows nothing in particular: the mean of normalised ones. Pure: what names nothing does not
 * bring it along.
 */
export const BACKGROUND: Float32Array = /* @__PURE__ */ decoded();

function decoded(): Float32Array {
  const bytes = Uint8Array.from(atob(MEAN), (letter) => letter.charCodeAt(0));
  return halvesToFloats(new Uint16Array(bytes.buffer));
}
`,
);
