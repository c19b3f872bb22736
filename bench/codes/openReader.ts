import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { CodeReader } from '../../vision/codes/codeReader.ts';
import { openZxingReader } from '../../vision/codes/zxingReader.ts';

/** The reader of codes, as the server opens it. */
export async function openReader(): Promise<CodeReader> {
  const wasm = await readFile(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  return openZxingReader(new Uint8Array(wasm).buffer);
}
