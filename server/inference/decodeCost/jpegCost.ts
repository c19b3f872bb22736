import { EOI, isFrameHeader, isStandalone, SOI, SOS } from '../../../protocol/jpegMarkers.ts';
import { type DecodeCost, endless, megapixels, unreadable } from './cost.ts';

// Measured with sharp 0.35 (libvips 8.18, mozjpeg) on pictures of 4.2 megapixels, and rounded up.
/** Inverse transform, upsampling, colours: of a million samples of all components together. */
const OUTPUT_MS = 2.3;
/** One scan more over the stored coefficients. A flat picture's takes 0.4; a scan that refines reads each of them. */
const SCAN_MS = 1.5;
/** Arithmetic coding decides several times for each coefficient, also when no bytes are left. */
const ARITHMETIC_SCAN_MS = 30;
const MEGABYTE_MS = 20;

/** Programs write ten scans, twelve at most; libvips gives up after a hundred. */
const MAX_SCANS = 100;
/** Segments that a program writes before and between scans: a profile may have 255, a camera's preview some more. */
const MAX_SEGMENTS = 4_000;

interface FrameHeader {
  marker: number;
  width: number;
  height: number;
  /** Millions of samples of each component, by its id. */
  samples: ReadonlyMap<number, number>;
}

/**
 * Passes times samples, counted from marker to marker: ITU-T T.81, annex B. Each scan costs as much as the components
 * that it names, however few bytes it has.
 */
export function jpegCost(bytes: Buffer): DecodeCost {
  let header: FrameHeader | undefined;
  let scans = 0;
  let scannedSamples = 0;
  let at = 2;
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return unreadable('no JPEG');
  for (let segments = 0; ; segments++) {
    if (segments > MAX_SEGMENTS) return endless(`JPEG with more than ${MAX_SEGMENTS} segments`);
    at = nextMarker(bytes, at);
    const marker = bytes[at];
    if (marker === undefined || marker === EOI) break;
    at += 1;
    if (at + 2 > bytes.length) break;
    const length = bytes.readUInt16BE(at);
    const segment = bytes.subarray(at + 2, at + length);
    at += Math.max(2, length);
    if (isFrameHeader(marker)) {
      // A decoder takes one only. Of several the first counts, and it says no at the second.
      header ??= readFrameHeader(marker, segment);
    } else if (marker === SOS) {
      if (header === undefined) return unreadable('JPEG without a frame header');
      scans += 1;
      if (scans > MAX_SCANS) return endless(`JPEG with more than ${MAX_SCANS} scans`);
      scannedSamples += samplesOfScan(segment, header);
    }
  }
  if (header === undefined) return unreadable('JPEG without a frame header');
  const { marker, width, height, samples } = header;
  const all = [...samples.values()].reduce((sum, of) => sum + of, 0);
  const isArithmetic = marker > 0xc8;
  const isPlain = !isArithmetic && scans <= 1;
  const output = baselineMs(all, bytes.length);
  const passes = isPlain ? 0 : scannedSamples * (isArithmetic ? ARITHMETIC_SCAN_MS : SCAN_MS);
  const kind = isArithmetic ? 'arithmetic coding' : marker === 0xc2 ? 'progressive' : 'baseline';
  return {
    ms: output + passes,
    pixels: width * height,
    size: { width, height },
    what: `JPEG, ${kind}, ${scans} ${scans === 1 ? 'scan' : 'scans'}, ${megapixels(width, height)}`,
    isBounded: true,
  };
}

/** Upper bound for a baseline picture in one scan, ms. @param samples of all components together, millions */
export const baselineMs = (samples: number, bytes: number): number =>
  samples * OUTPUT_MS + (bytes / 2 ** 20) * MEGABYTE_MS;

/**
 * Where the next marker's second byte stands: past the bytes of a scan, whose FFs are followed by 00 or a restart. Byte by
 * byte, so that it takes the same time whatever the bytes are.
 */
function nextMarker(bytes: Buffer, from: number): number {
  let isAfterFF = bytes[from] === 0xff;
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0xff) {
      // Any number of them may stand before a marker.
      isAfterFF = true;
    } else if (isAfterFF) {
      if (byte !== undefined && byte !== 0 && !isStandalone(byte)) return at;
      isAfterFF = false;
    }
  }
  return bytes.length;
}

function readFrameHeader(marker: number, segment: Buffer): FrameHeader | undefined {
  if (segment.length < 6) return undefined;
  const height = segment.readUInt16BE(1);
  const width = segment.readUInt16BE(3);
  const components: { id: number; across: number; down: number }[] = [];
  for (let at = 6; at + 3 <= segment.length && components.length < (segment[5] ?? 0); at += 3) {
    const sampling = segment[at + 1] ?? 0x11;
    components.push({ id: segment[at] ?? 0, across: sampling >> 4, down: sampling & 15 });
  }
  const across = Math.max(1, ...components.map((component) => component.across));
  const down = Math.max(1, ...components.map((component) => component.down));
  // Whole blocks of 8: a picture of one row costs eight.
  const pixels = (Math.ceil(width / 8) * 8 * Math.ceil(height / 8) * 8) / 1e6;
  const samples = new Map(
    components.map((component) => [
      component.id,
      (pixels * component.across * component.down) / (across * down),
    ]),
  );
  return { marker, width, height, samples };
}

function samplesOfScan(segment: Buffer, { samples }: FrameHeader): number {
  const count = Math.min(segment[0] ?? 0, 4);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += samples.get(segment[1 + 2 * index] ?? -1) ?? 0;
  return sum;
}
