/**
 * The first byte of a text message that is a frame (SPEC.md, T1): base64 of a header begins with this letter, as its first
 * byte is the version, 1. A message in JSON begins with a brace.
 */
export const TEXT_FRAME_MARK = 'A'.charCodeAt(0);

/** Maximum size of a frame that is sent as text, bytes: 32 KiB as base64, which is what gateways take at a time. */
export const MAX_TEXT_FRAME_BYTES = 24 << 10;

/** Characters of base64 for this number of bytes. */
export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Of `String.fromCharCode`, which takes its characters as arguments. */
const CHUNK_BYTES = 8 << 10;

/** A frame as a text message. */
export function encodeTextFrame(frame: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < frame.byteLength; at += CHUNK_BYTES) {
    characters += String.fromCharCode(...frame.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(characters);
}
