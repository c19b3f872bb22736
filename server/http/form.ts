import { pipeline } from 'node:stream/promises';
import type { BusboyFileStream } from '@fastify/busboy';
import { CodedError } from '../../protocol/errors.ts';

/** A form with a picture and some fields has a few of each. What a limit cuts off is of no use here. */
const LIMITS = { parts: 20, headerPairs: 20, headerSize: 8 << 10, fieldSize: 8 << 10 };
/**
 * Bytes that the parser is given at a time: it notices a limit with the part that passes it, and makes an object of
 * each part before it. A part has 7 bytes at the least.
 */
const SLICE_BYTES = 4 << 10;

export const isForm = (contentType: string): boolean => /^multipart\/form-data\b/i.test(contentType);

/**
 * Reads a form (RFC 7578) as it comes. Reading stops where the form passes a limit or is none.
 * @returns the content of its first file: of the first part with a file name, or with a type other than text/plain
 * @throws CodedError `bad_request`; or what `body` throws
 */
export async function readFirstFile(body: AsyncIterable<Buffer>, contentType: string): Promise<Uint8Array> {
  const parser = await openParser(contentType);
  let pieces: Buffer[] | undefined;
  parser.on('file', (_name: string, file: BusboyFileStream) => {
    file.on('error', () => {}); // A form that is cut is an error of the parser, too.
    if (pieces) {
      file.resume();
      return;
    }
    const mine: Buffer[] = [];
    pieces = mine;
    file.on('data', (piece: Buffer) => mine.push(piece));
  });
  parser.once('partsLimit', () => {
    parser.destroy(new CodedError('bad_request', `A form may have ${LIMITS.parts} parts.`));
  });
  let bodyError: unknown;
  try {
    await pipeline(async function* () {
      try {
        yield* slicesOf(body);
      } catch (error) {
        bodyError = error;
        throw error;
      }
    }, parser);
  } catch (cause) {
    if (bodyError !== undefined) throw bodyError;
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'bad_request',
      'The form could not be read: it is cut off, or its parts do not begin with its boundary.',
      { cause },
    );
  }
  if (pieces === undefined) throw new CodedError('bad_request', 'The form holds no file.');
  return Buffer.concat(pieces);
}

/** Its package is loaded with the first form: few senders use one. */
async function openParser(contentType: string) {
  const { Busboy } = await import('@fastify/busboy');
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: LIMITS,
      isPartAFile: (_field, type, fileName) => fileName !== undefined || type !== 'text/plain',
    });
  } catch (cause) {
    throw new CodedError('bad_request', `The form names no boundary: "${contentType}".`, { cause });
  }
}

async function* slicesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const piece of body) {
    for (let at = 0; at < piece.byteLength; at += SLICE_BYTES) yield piece.subarray(at, at + SLICE_BYTES);
  }
}
