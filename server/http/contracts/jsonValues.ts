import { CodedError } from '../../../protocol/errors.ts';

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Refuses JSON with very many values before it is parsed: ten megabytes of `1,1,1,…` take this process, which all streams share,
 * seconds. Pictures in base64 are a single value of any length, without one of the characters that are counted here.
 * @throws CodedError `frame_too_large`
 */
export function assertFewValues(json: Uint8Array, max: number): void {
  let values = 0;
  // By index: an iterator takes many times as long, and there may be millions of bytes.
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte !== COMMA && byte !== OPEN_LIST && byte !== OPEN_OBJECT) continue;
    values += 1;
    if (values > max) {
      throw new CodedError(
        'frame_too_large',
        `JSON may have ${max} values here. Send pictures in base64, and tensors as bytes.`,
      );
    }
  }
}
