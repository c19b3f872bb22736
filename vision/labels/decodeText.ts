import type { Sentence } from '../../protocol/sentence.ts';
import { aboutLabels } from '../../protocol/sentences/labels.ts';
import { LabelsError, MAX_LABEL_BYTES } from './labelList.ts';

/** Text of a file, and what a person should know about how it was read. */
export interface DecodedText {
  readonly text: string;
  readonly warnings: readonly Sentence[];
}

type KindCode = Extract<Parameters<typeof aboutLabels>[0], `kind_${string}`>;

/** First characters of files that people take for a label file by mistake, and where in the file they stand. */
const KINDS: readonly (readonly [start: string, at: number, kind: KindCode])[] = [
  ['\x89PNG', 0, 'kind_png'],
  ['\xFF\xD8\xFF', 0, 'kind_jpeg'],
  ['GIF8', 0, 'kind_gif'],
  ['WEBP', 8, 'kind_webp'],
  ['\0\0\0\0', 6, 'kind_bmp'],
  ['II*\0', 0, 'kind_tiff'],
  ['MM\0*', 0, 'kind_tiff'],
  ['ftyp', 4, 'kind_media'],
  ['PK\x03\x04', 0, 'kind_office_zip'],
  ['PK\x05\x06', 0, 'kind_zip'],
  ['\x1F\x8B', 0, 'kind_gzip'],
  ['7z\xBC\xAF', 0, 'kind_7z'],
  ['Rar!', 0, 'kind_rar'],
  ['%PDF-', 0, 'kind_pdf'],
  ['\xD0\xCF\x11\xE0', 0, 'kind_office'],
  ['\x89HDF', 0, 'kind_hdf5'],
  ['TFL3', 4, 'kind_tflite'],
  ['\x80\x02', 0, 'kind_pickle'],
  ['\x80\x03', 0, 'kind_pickle'],
  ['\x80\x04', 0, 'kind_pickle'],
  ['\x80\x05', 0, 'kind_pickle'],
  ['\x93NUMPY', 0, 'kind_numpy'],
  ['{\\rtf', 0, 'kind_rtf'],
  ['version https://git-lfs', 0, 'kind_lfs'],
];

/** What a file is that is no plain text by its first bytes. */
function kindOf(bytes: Uint8Array): KindCode | undefined {
  const start = latin1(bytes.subarray(0, 64));
  if (/^\s*<(!doctype|html|\?xml|svg)/i.test(start)) return 'kind_web';
  return KINDS.find(([text, at]) => {
    // Zeros in the middle are those of UTF-16, too.
    const isBitmap = text !== '\0\0\0\0' || start.startsWith('BM');
    return isBitmap && start.startsWith(text, at);
  })?.[2];
}

/**
 * Text of a file in UTF-8, UTF-16 with or without a byte order mark, or else Windows-1252.
 * @throws LabelsError that names what the file is where it is no text
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (bytes.byteLength > MAX_LABEL_BYTES) {
    throw new LabelsError(
      aboutLabels('labels_too_large', {
        megabytes: Math.ceil(bytes.byteLength / 1e6),
        max: MAX_LABEL_BYTES / 1e6,
      }),
    );
  }
  const kind = kindOf(bytes);
  if (kind) throw new LabelsError(aboutLabels('not_labels', { kind: aboutLabels(kind) }));
  const wide = utf16Of(bytes);
  if (wide) return { text: assertText(decoded(wide, bytes).replace(/^\uFEFF/, '')), warnings: [] };
  try {
    return { text: assertText(decoded('utf-8', bytes).replace(/^\uFEFF/, '')), warnings: [] };
  } catch (error) {
    if (error instanceof LabelsError) throw error;
    return {
      text: assertText(windows1252(bytes)),
      warnings: [aboutLabels('windows_1252')],
    };
  }
}

const decoded = (encoding: string, bytes: Uint8Array): string =>
  new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return ifDecodes('utf-16le', bytes);
  if (first === 0xfe && second === 0xff) return ifDecodes('utf-16be', bytes);
  if (bytes.byteLength % 2 !== 0) return undefined;
  // Without a mark: the zeros of plain letters and ends of lines all stand at one side.
  const zeros: [even: number, odd: number] = [0, 0];
  let ends = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    const [even = 0, odd = 0] = bytes.subarray(at, at + 2);
    if (even === 0 && odd === 0) return undefined;
    if (even === 0) zeros[0] += 1;
    if (odd === 0) zeros[1] += 1;
    if ((even === 0 && odd === 10) || (odd === 0 && even === 10)) ends += 1;
  }
  const [big, little] = zeros;
  const isEnough = (count: number) => count > bytes.length / 6 || (ends > 0 && count >= ends);
  if (little > 0 && big === 0 && isEnough(little)) return ifDecodes('utf-16le', bytes);
  if (big > 0 && little === 0 && isEnough(big)) return ifDecodes('utf-16be', bytes);
  return undefined;
}

function ifDecodes<Encoding extends string>(encoding: Encoding, bytes: Uint8Array): Encoding | undefined {
  try {
    decoded(encoding, bytes);
    return encoding;
  } catch {
    return undefined;
  }
}

/** Some programs fill up a file, or a line, with zeros; more of what cannot be seen is no text. */
function assertText(text: string): string {
  const plain = text.replace(/\0+/g, (zeros, at: number) =>
    /^[\r\n]?$/.test(text.charAt(at + zeros.length)) ? '' : zeros,
  );
  const strange = plain.match(/(?!\s)\p{Cc}|[\uFFFE\uFFFF]/gu)?.length ?? 0;
  if (strange > Math.max(2, plain.length / 50)) {
    throw new LabelsError(aboutLabels('not_text'));
  }
  return plain;
}

const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
};

/** 0x80 to 0x9F; not by TextDecoder, which gives control characters for them in some versions of Node. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9DžŸ';
const windows1252 = (bytes: Uint8Array): string =>
  latin1(bytes).replace(/[\x80-\x9F]/g, (char) => C1[char.charCodeAt(0) - 0x80] ?? char);
