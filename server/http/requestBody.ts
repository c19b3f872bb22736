import type { IncomingMessage } from 'node:http';
import { CodedError } from '../../protocol/errors.ts';

/**
 * The body of a request as it comes, which stays unread from where its reader stops.
 * @param what it is, at the beginning of a sentence
 * @throws CodedError `frame_too_large` as soon as more bytes are announced or have come
 */
export async function* requestBody(
  request: IncomingMessage,
  maxBytes: number,
  what = 'A picture',
): AsyncGenerator<Buffer, void> {
  const tooLarge = () => new CodedError('frame_too_large', `${what} may have ${maxBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  let bytes = 0;
  // Destroyed, it would take the connection along, and with it the answer.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    yield piece;
  }
}

/** All of it. @throws CodedError see `requestBody` */
export async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
