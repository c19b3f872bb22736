import type { IncomingMessage } from 'node:http';
import { CodedError } from '../../../protocol/errors.ts';
import { isForm, readFirstFile } from '../form.ts';
import { readAll, requestBody } from '../requestBody.ts';
import { assertFewValues } from './jsonValues.ts';
import { type PictureBatch, readPictureJson } from './pictureJson.ts';

/** What JSON may have around the base64 of a picture. */
const JSON_AROUND_BYTES = 64 << 10;

/** Far more than pictures and their options are. */
const MAX_VALUES = 10_000;

/** Maximum size of a body whose pictures are in base64: room for one of the maximum size. */
export const maxTextBytes = (maxPictureBytes: number): number =>
  Math.ceil((maxPictureBytes * 4) / 3) + JSON_AROUND_BYTES;

const isJson = (type: string) => /^application\/([\w.+-]+\+)?json\b/i.test(type);
const isPicture = (type: string) =>
  /^(image\/[\w.+-]+|application\/(x-image|octet-stream|x-www-form-urlencoded)|)\s*(;|$)/i.test(type);

/**
 * The pictures of a request: the body itself, the first file of a form, or JSON (see `readPictureJson`).
 * @throws CodedError `bad_request`, `frame_too_large`, `undecodable` for another type
 */
export async function readPictures(request: IncomingMessage, maxPictureBytes: number): Promise<PictureBatch> {
  const type = request.headers['content-type'] ?? '';
  if (isJson(type)) {
    const text = await readBody(request, maxTextBytes(maxPictureBytes));
    assertFewValues(text, MAX_VALUES);
    return readPictureJson(text.toString('utf8'), maxPictureBytes);
  }
  if (isForm(type)) {
    refuseEncoding(request);
    const picture = await readFirstFile(requestBody(request, maxPictureBytes), type);
    return { pictures: [picture], isList: false, options: {} };
  }
  if (!isPicture(type)) {
    throw new CodedError(
      'undecodable',
      `Content-Type "${type.slice(0, 80)}" is not taken: a JPEG, PNG or WebP picture, or application/json.`,
    );
  }
  return { pictures: [await readBody(request, maxPictureBytes)], isList: false, options: {} };
}

/** @throws CodedError `frame_too_large`, `undecodable` where it is compressed */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  refuseEncoding(request);
  return readAll(requestBody(request, maxBytes, 'A body'));
}

/** A few bytes could become any number. Pictures do not get smaller by it. */
function refuseEncoding({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === '') return;
  throw new CodedError(
    'undecodable',
    `Content-Encoding "${encoding.slice(0, 80)}" is not taken: send it as it is.`,
  );
}
