import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { CodeReader } from '../../../vision/codes/codeReader.ts';
import { readStill } from '../../../vision/codes/readStill.ts';
import { openZxingReader, ZXING_VERSION } from '../../../vision/codes/zxingReader.ts';
import { decodeGrey } from '../../inference/decode.ts';
import type { CodesJob, ReadCodes } from './messages.ts';

/** A larger picture is shrunk: codes that are not readable then are rare, and noise costs seconds. */
const MAX_SIDE_PX = 4_096;
/** After this time no further way of reading is begun, ms. */
const WITHIN_MS = 2_500;

let reader: Promise<CodeReader> | undefined;

/**
 * The codes of a picture. Reading blocks this process; whoever started it ends it where it takes too long.
 * @throws UndecodableError
 */
export async function codesIn({ image, format, maxPixels }: CodesJob): Promise<ReadCodes> {
  reader ??= openReader();
  const read = await reader;
  const startedAt = performance.now();
  const picture = await decodeGrey(image, format, { maxPixels, maxSidePx: MAX_SIDE_PX });
  const decodedAt = performance.now();
  const labels = readStill(picture, { read, withinMs: WITHIN_MS, clock: () => performance.now() });
  return {
    kind: 'codes',
    labels,
    version: ZXING_VERSION,
    decodeMs: decodedAt - startedAt,
    readMs: performance.now() - decodedAt,
  };
}

async function openReader(): Promise<CodeReader> {
  const file = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  return openZxingReader(new Uint8Array(await readFile(file)).buffer);
}
