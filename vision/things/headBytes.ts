import * as v from 'valibot';
import type { Head } from './head.ts';
import { EMBEDDING_SIZE } from './taught.ts';

const HeadText = v.object({
  classes: v.array(v.object({ id: v.string(), name: v.string(), isNothing: v.boolean() })),
  calibration: v.object({
    sharpness: v.array(v.object({ value: v.number(), weight: v.number() })),
    recognised: v.optional(v.number()),
  }),
  /** Of the model that embedded what was taught; older servers do not say it. */
  version: v.optional(v.string()),
  /** Absent for the shipped model. */
  embedder: v.optional(v.object({ model: v.string(), size: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
});

/**
 * A head as bytes, for a device: the number of bytes of a JSON text as uint32, the text, spaces up to a multiple of four, then as
 * float32 the length of each class and the directions, and where another model embeds things than the shipped one, its average
 * picture. Little endian.
 */
export function encodeHead({
  classes,
  directions,
  calibration,
  embedder,
  version,
}: Head): Uint8Array<ArrayBuffer> {
  const background = embedder?.background ?? new Float32Array();
  const said = {
    classes,
    calibration,
    ...(version !== undefined && { version }),
    ...(embedder && { embedder: { model: embedder.model, size: background.length } }),
  };
  const json = new TextEncoder().encode(JSON.stringify(said));
  const textBytes = Math.ceil(json.byteLength / 4) * 4;
  const { lengths, weights } = directions;
  const bytes = new Uint8Array(
    4 + textBytes + lengths.byteLength + weights.byteLength + background.byteLength,
  );
  bytes.fill(0x20, 4, 4 + textBytes);
  new DataView(bytes.buffer).setUint32(0, textBytes, true);
  bytes.set(json, 4);
  const numbers = new Float32Array(bytes.buffer, 4 + textBytes);
  numbers.set(lengths);
  numbers.set(weights, lengths.length);
  numbers.set(background, lengths.length + weights.length);
  return bytes;
}

/** @throws Error where these are no bytes of a head */
export function decodeHead(bytes: Uint8Array): Head {
  const copy = bytes.slice();
  const textBytes = copy.byteLength < 4 ? 0 : new DataView(copy.buffer).getUint32(0, true);
  if (textBytes === 0 || textBytes % 4 !== 0 || 4 + textBytes > copy.byteLength) throw notAHead();
  const { classes, calibration, embedder, version } = v.parse(
    HeadText,
    JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + textBytes))),
  );
  const start = 4 + textBytes;
  const weights = classes.length * (embedder?.size ?? EMBEDDING_SIZE);
  const count = classes.length + weights + (embedder?.size ?? 0);
  if (copy.byteLength !== start + 4 * count) throw notAHead();
  const numbers = new Float32Array(copy.buffer, start, count);
  return {
    classes,
    directions: {
      lengths: numbers.slice(0, classes.length),
      weights: numbers.slice(classes.length, classes.length + weights),
    },
    calibration: { ...calibration, recognised: calibration.recognised },
    ...(version !== undefined && { version }),
    ...(embedder && {
      embedder: { model: embedder.model, background: numbers.slice(classes.length + weights) },
    }),
  };
}

const notAHead = () => new Error('These are no bytes of a head of taught things.');
