import { CodedError } from '../../protocol/errors.ts';

const PADDING = '='.charCodeAt(0);

/**
 * The frame in a text message (protocol/SPEC.md, T1).
 * @param text base64
 * @param maxBytes maximum size of the frame, which is known before it is decoded
 * @throws CodedError `frame_too_large`, or `malformed_frame` where it is no base64
 */
export function decodeTextFrame(text: Uint8Array, maxBytes: number): Uint8Array {
  const { byteLength: length } = text;
  const padding = text[length - 1] !== PADDING ? 0 : text[length - 2] !== PADDING ? 1 : 2;
  const bytes = (length / 4) * 3 - padding;
  if (bytes > maxBytes) throw frameTooLarge(maxBytes);
  const decoded = Buffer.from(Buffer.from(text.buffer, text.byteOffset, length).toString('latin1'), 'base64');
  // What is none of its characters is passed over by the decoder, and so makes it shorter.
  if (decoded.byteLength === bytes) return decoded;
  throw new CodedError(
    'malformed_frame',
    'A text message that begins with "A" is a frame in base64; this is not.',
  );
}

export const frameTooLarge = (maxBytes: number): CodedError =>
  new CodedError('frame_too_large', `A frame of this server has at most ${maxBytes} bytes.`);
