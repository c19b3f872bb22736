import { EOI, isFrameHeader, isRestart, SOS } from '../../protocol/jpegMarkers.ts';

/** A JPEG that can be given to a decoder, and whether that has to refuse it for the least doubt. */
export interface CompleteJpeg {
  readonly image: Uint8Array;
  /** The end marker was missing and something was added: only a decoder that fails on warnings may accept it. */
  readonly wasOpen: boolean;
}

/** Components of a frame or a scan at most: what a decoder takes. */
const MAX_COMPONENTS = 4;
/** Coefficients of a block, in zigzag order. */
const COEFFICIENTS = 64;
/** No scan has carried the coefficient yet; what scans carry are bits from this position on, 13 at most. */
const NOT_SENT = 255;
/**
 * Put behind a picture of one scan: ones, each byte with the zero that is stuffed behind it, as many as a decoder reads
 * ahead. They are no code of any picture, and are used up by the fourth one that is missing.
 */
const ONES = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 0xff : 0));

/**
 * Makes a JPEG readable that lacks only its end marker, as some cameras, browsers and copies that drop the last bytes leave
 * it; one that was cut is still refused by a decoder that fails on warnings (libvips: `failOn: 'warning'`).
 *
 * With several scans, as in progressive pictures, the marker is added: bits that are missing before it are a warning. Scans
 * that never came leave no such trace, so their headers are read here, and every coefficient must have been sent in full.
 * With one scan, libvips 8.18 passes over warnings of the last eight lines. There, ones are added instead of the marker, and
 * the decoder runs out of bytes when more than a byte or two are missing.
 *
 * Padding with zeros, as in the fixed-size buffers of cameras, is dropped, because zeros decode as a picture.
 */
export function completeJpeg(image: Uint8Array): CompleteJpeg {
  const unchanged = { image, wasOpen: false };
  if (image.at(-2) === 0xff && image.at(-1) === EOI) return unchanged;
  const scans = completeScans(image);
  if (scans === undefined) return unchanged;
  const end = withoutPadding(image);
  const added = scans === 1 ? ONES : [0xff, EOI];
  const completed = new Uint8Array(end + added.length);
  completed.set(image.subarray(0, end));
  completed.set(added, end);
  return { image: completed, wasOpen: true };
}

/**
 * How many scans a picture without an end marker has; undefined where it has one, a scan or a header is missing, or it has
 * what no decoder takes: a second frame header, a scan before the first, or too many components. So the work for each byte is
 * bounded, also for a file that was made to cost time.
 */
function completeScans(image: Uint8Array): number | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  /** By component, the lowest bit of each coefficient that the scans up to here have carried. */
  const sent = new Map<number, Uint8Array>();
  let scans = 0;
  let at = 2;
  for (;;) {
    while (image[at] === 0xff && image[at + 1] === 0xff) at += 1;
    const marker = image[at + 1];
    if (image[at] !== 0xff || marker === undefined || marker === EOI || at + 4 > image.length)
      return undefined;
    const body = at + 4;
    const next = at + 2 + view.getUint16(at + 2);
    if (next > image.length) return undefined;
    if (isFrameHeader(marker)) {
      const components = image[body + 5] ?? 0;
      const isInSegment = body + 6 + 3 * components <= next;
      if (sent.size > 0 || components === 0 || components > MAX_COMPONENTS || !isInSegment) return undefined;
      for (let i = 0; i < components; i++) {
        sent.set(image[body + 6 + 3 * i] ?? 0, new Uint8Array(COEFFICIENTS).fill(NOT_SENT));
      }
    }
    at = next;
    if (marker !== SOS) continue;
    scans += 1;
    const header = image.subarray(body, next);
    if (sent.size === 0 || (header[0] ?? 0) > MAX_COMPONENTS) return undefined;
    noteScan(header, sent);
    at = endOfScan(image, next);
    if (at < image.length) continue;
    const isComplete = [...sent.values()].every((bits) => bits.every((bit) => bit === 0));
    return isComplete ? scans : undefined;
  }
}

function noteScan(header: Uint8Array, sent: ReadonlyMap<number, Uint8Array>): void {
  const components = header[0] ?? 0;
  const [first = 0, last = 0, bits = 0] = header.subarray(1 + 2 * components);
  for (let i = 0; i < components; i++) {
    sent.get(header[1 + 2 * i] ?? 0)?.fill(bits & 15, first, last + 1);
  }
}

/** Where the marker after a scan stands; stuffed bytes and restart markers belong to the scan. */
function endOfScan(image: Uint8Array, from: number): number {
  for (let at = image.indexOf(0xff, from); at >= 0; at = image.indexOf(0xff, at + 1)) {
    const next = image[at + 1];
    if (next === undefined) break;
    const isOfScan = next === 0 || next === 0xff || isRestart(next);
    if (!isOfScan) return at;
  }
  return image.length;
}

function withoutPadding(image: Uint8Array): number {
  let end = image.length;
  while (image[end - 1] === 0) end -= 1;
  const zeros = image.length - end;
  // One zero may be the last byte of the scan, or what is stuffed behind 0xff.
  return zeros > 1 ? end + (image[end - 1] === 0xff ? 1 : 0) : image.length;
}
