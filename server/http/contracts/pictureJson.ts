import { CodedError } from '../../../protocol/errors.ts';
import type { PredictOptions } from '../../predict/predictImage.ts';
import { readParameters } from './predictOptions.ts';

/** Maximum number of pictures of one request. They are processed one after the other, as fair to others as single ones. */
export const MAX_PICTURES = 32;

/** Pictures of one request, in order. */
export interface PictureBatch {
  readonly pictures: readonly Uint8Array[];
  /** Whether the answer is a list, even of one. */
  readonly isList: boolean;
  readonly options: PredictOptions;
}

/**
 * Reads `{"instances": [picture, …], "parameters"}`, or one picture, beside which `parameters` may stand. A picture is
 * `{"b64": "…"}`, `{"image": "…"}`, `{"image": {"b64": "…"}}` or, in a list, the text alone: base64, or a data URL with it.
 * @throws CodedError `bad_request`, `frame_too_large`
 */
export function readPictureJson(text: string, maxPictureBytes: number): PictureBatch {
  const body = parseObject(text);
  const options = readParameters(body.parameters);
  if (body.instances === undefined) {
    return { pictures: [pictureOf(body, 'The body', maxPictureBytes)], isList: false, options };
  }
  if (!Array.isArray(body.instances)) throw new CodedError('bad_request', '"instances" must be a list.');
  const { instances } = body;
  if (instances.length === 0 || instances.length > MAX_PICTURES) {
    throw new CodedError(
      'bad_request',
      `"instances" may have 1 to ${MAX_PICTURES} pictures, got ${instances.length}.`,
    );
  }
  return {
    pictures: instances.map((one: unknown, at) => pictureOf(one, `"instances[${at}]"`, maxPictureBytes)),
    isList: true,
    options,
  };
}

export function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodedError('bad_request', 'The body is no JSON.', { cause });
  }
  if (isObject(value)) return value;
  throw new CodedError('bad_request', 'The body must be a JSON object.');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function pictureOf(value: unknown, where: string, maxBytes: number): Uint8Array {
  if (typeof value === 'string') return decodeBase64(value, where, maxBytes);
  if (isObject(value)) {
    if (typeof value.b64 === 'string') return decodeBase64(value.b64, where, maxBytes);
    if (typeof value.image === 'string') return decodeBase64(value.image, where, maxBytes);
    if (isObject(value.image) && typeof value.image.b64 === 'string') {
      return decodeBase64(value.image.b64, where, maxBytes);
    }
  }
  throw new CodedError('bad_request', `${where} has no picture: {"b64": "…"} expected, in base64.`);
}

const DATA_URL = /^data:[\w/.+-]*;base64,/;

/** @throws CodedError `bad_request` for what is no base64, `frame_too_large` */
export function decodeBase64(text: string, where: string, maxBytes: number): Uint8Array {
  const content = text.slice(DATA_URL.exec(text.slice(0, 80))?.[0].length ?? 0);
  const bytes = Buffer.from(content, 'base64');
  if (bytes.byteLength === 0 || (bytes.byteLength !== decodedBytes(content) && !isBase64(content))) {
    throw new CodedError('bad_request', `${where}: base64 of a picture expected.`);
  }
  if (bytes.byteLength > maxBytes) {
    throw new CodedError('frame_too_large', `${where}: a picture may have ${maxBytes} bytes.`);
  }
  return bytes;
}

/** What base64 of this length decodes to. Node leaves out what is no base64, and gives fewer bytes then. */
function decodedBytes(content: string): number {
  const padding = content.endsWith('==') ? 2 : content.endsWith('=') ? 1 : 0;
  const characters = content.length - padding;
  return characters % 4 === 1 ? Number.NaN : Math.floor((characters * 3) / 4);
}

/** It may be in lines. This takes longer than decoding. */
const isBase64 = (content: string): boolean =>
  /^[A-Za-z0-9+/_-]+={0,2}$/.test(content.replace(/[\r\n]+/g, ''));
