import sharp from 'sharp';

/**
 * Raw video with its rate in the header (YUV4MPEG2, 4:2:0): what Chromium plays as a camera of a rate other than that of
 * its .mjpeg files. https://wiki.multimedia.cx/index.php/YUV4MPEG2
 *
 * @param pictures encoded pictures, all of the same even width and height
 * @param framesPerSecond whole
 */
export async function encodeY4m(pictures: readonly Buffer[], framesPerSecond: number): Promise<Buffer> {
  const frames = await Promise.all(
    pictures.map((picture) => sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  const [first] = frames;
  if (first === undefined) throw new Error('A video has a frame at least.');
  const { width, height } = first.info;
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420\n`);
  const parts = frames.flatMap(({ data }) => [Buffer.from('FRAME\n'), toYuv420(data, width, height)]);
  return Buffer.concat([header, ...parts]);
}

/** RGB as planes Y, U and V of BT.601 in its limited range; U and V are the mean of two by two pixels. */
function toYuv420(rgb: Buffer, width: number, height: number): Buffer {
  const pixels = width * height;
  const yuv = Buffer.alloc(pixels * 1.5);
  const chroma = new Float32Array(pixels / 2);
  for (let at = 0; at < pixels; at++) {
    const [r = 0, g = 0, b = 0] = [rgb[at * 3], rgb[at * 3 + 1], rgb[at * 3 + 2]];
    yuv[at] = Math.round(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255);
    const x = at % width;
    const block = ((((at - x) / width) >> 1) * width) / 2 + (x >> 1);
    chroma[block] = (chroma[block] ?? 0) + (-37.797 * r - 74.203 * g + 112 * b) / 255 / 4;
    const v = block + pixels / 4;
    chroma[v] = (chroma[v] ?? 0) + (112 * r - 93.786 * g - 18.214 * b) / 255 / 4;
  }
  for (const [at, value] of chroma.entries()) yuv[pixels + at] = Math.round(128 + value);
  return yuv;
}
