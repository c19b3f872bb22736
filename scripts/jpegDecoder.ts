import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

/**
 * `node --import tsx scripts/jpegDecoder.ts`: compiles the decoder of server/inference/jpeg/assembly to WebAssembly, and writes it as a module
 * that is built in. Run it when something there has changed; a test compares the two.
 */
const SOURCE = 'server/inference/jpeg/assembly';
const MODULE = 'server/inference/jpeg/jpegDecoderWasm.ts';
/** No collector of garbage: its memory is laid out by hand. */
const OPTIONS = ['--runtime', 'stub', '--enable', 'simd', '-O3', '--converge', '--noAssert'];

/** @returns the text of the module. @throws Error with the messages of the compiler */
export async function compileJpegDecoder(): Promise<string> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['decoder.ts', '--outFile', 'decoder.wasm', ...OPTIONS], {
    readFile: (name, dir) => readFile(path.resolve(SOURCE, dir, name), 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      binary = Buffer.from(contents);
    },
    listFiles: () => null,
  });
  if (error || binary === undefined)
    throw new Error(`The decoder does not compile.\n${stderr}`, { cause: error });
  const text = Buffer.from(binary).toString('base64');
  return `/** ${SOURCE}, compiled by scripts/jpegDecoder.ts. */\nexport const JPEG_DECODER_WASM =\n  '${text}';\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(MODULE, await compileJpegDecoder());
}
