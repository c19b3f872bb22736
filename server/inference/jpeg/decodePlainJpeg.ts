import type { Size } from '../../../vision/steps.ts';
import { JPEG_DECODER_WASM } from './jpegDecoderWasm.ts';

/** Of assembly/decoder.ts. Addresses are numbers of bytes; 0 is none. */
interface JpegDecoder {
  readonly memory: WebAssembly.Memory;
  prepare(length: number, width: number, height: number): number;
  decode(length: number, width: number, height: number): number;
}

/** Its memory stays as large as the largest picture needed, and it decodes while nothing else can run. Larger ones go to sharp. */
const MAX_PIXELS = 1024 * 1024;
const MAX_BYTES = 2 * MAX_PIXELS;

/** Null where there can be none. */
let decoder: JpegDecoder | null | undefined;

/**
 * Decodes a JPEG as pages send it, here and now, to the pixels that sharp gives: baseline, three colours in one scan, 4:4:4, 4:2:2 or 4:2:0.
 * sharp takes three times as long for a picture of this size, most of it before and after its decoder.
 * @returns uint8 RGB; undefined for all other pictures, and for such as are not whole and beyond doubt: those are sharp's
 */
export function decodePlainJpeg(image: Uint8Array, { width, height }: Size): Uint8Array | undefined {
  if (width * height > MAX_PIXELS || image.length > MAX_BYTES) return undefined;
  if (decoder === undefined) decoder = openDecoder();
  if (decoder === null) return undefined;
  const { memory, prepare, decode } = decoder;
  const file = prepare(image.length, width, height);
  if (file === 0) return undefined;
  new Uint8Array(memory.buffer, file, image.length).set(image);
  const pixels = decode(image.length, width, height);
  // A copy: several pictures may be decoded before the first of them is used.
  return pixels === 0 ? undefined : new Uint8Array(memory.buffer, pixels, 3 * width * height).slice();
}

/**
 * Its vectors need what sharp needs, too: x86-64-v2, or any ARM of 64 bits. Null where V8 cannot have it: a memory reserves 10 GB of
 * addresses, which is more than `ulimit -v` may leave, and with `--jitless` there is no WebAssembly.
 */
function openDecoder(): JpegDecoder | null {
  try {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(Buffer.from(JPEG_DECODER_WASM, 'base64')),
    );
    return exports as unknown as JpegDecoder;
  } catch {
    return null;
  }
}
