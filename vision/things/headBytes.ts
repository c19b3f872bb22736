import * as v from 'valibot';
import type { Head } from './head.ts';
import { EMBEDDING_SIZE } from './taught.ts';

const HeadText = v.object({
  classes: v.array(v.object({ id: v.string(), name: v.string(), isNothing: v.boolean() })),
  calibration: v.object({
    sharpness: v.array(v.object({ value: v.number(), weight: v.number() })),
    recognised: v.optional(v.number()),
  }),
});

/**
 * A head as bytes, for a device: the number of bytes of a JSON text as uint32, the text, spaces up to a multiple of four, then as
 * float32 the length of each class and the directions. Little endian.
 */
export function encodeHead({ classes, directions, calibration }: Head): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify({ classes, calibration }));
  const textBytes = Math.ceil(json.byteLength / 4) * 4;
  const { lengths, weights } = directions;
  const bytes = new Uint8Array(4 + textBytes + lengths.byteLength + weights.byteLength);
  bytes.fill(0x20, 4, 4 + textBytes);
  new DataView(bytes.buffer).setUint32(0, textBytes, true);
  bytes.set(json, 4);
  new Float32Array(bytes.buffer, 4 + textBytes).set([...lengths, ...weights]);
  return bytes;
}

/** @throws Error where these are no bytes of a head */
export function decodeHead(bytes: Uint8Array): Head {
  const copy = bytes.slice();
  const textBytes = copy.byteLength < 4 ? 0 : new DataView(copy.buffer).getUint32(0, true);
  if (textBytes === 0 || textBytes % 4 !== 0 || 4 + textBytes > copy.byteLength) throw notAHead();
  const { classes, calibration } = v.parse(
    HeadText,
    JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + textBytes))),
  );
  const start = 4 + textBytes;
  const count = classes.length * (1 + EMBEDDING_SIZE);
  if (copy.byteLength !== start + 4 * count) throw notAHead();
  const numbers = new Float32Array(copy.buffer, start, count);
  return {
    classes,
    directions: { lengths: numbers.slice(0, classes.length), weights: numbers.slice(classes.length) },
    calibration: { ...calibration, recognised: calibration.recognised },
  };
}

const notAHead = () => new Error('These are no bytes of a head of taught things.');
