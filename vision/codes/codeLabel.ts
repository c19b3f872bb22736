import type { Label } from '../../protocol/messages.ts';
import { clip } from '../geometry.ts';
import { boxOfQuad, mapQuad } from '../quad.ts';
import { toLabel } from '../toLabel.ts';
import { codeName } from './codeName.ts';
import type { FoundCode } from './codeReader.ts';
import { textOf } from './textOf.ts';

/** A code as clients get it. Corners and box are in 0..1 of a picture of this size. */
export function codeLabel(code: FoundCode, id: number, picture: { width: number; height: number }): Label {
  const { format, text } = printed(code);
  const quad = mapQuad(code.quad, ([x, y]) => [x / picture.width, y / picture.height]);
  const label = text === undefined ? format : codeName(text);
  return {
    ...toLabel({ id, label, score: 1, box: clip(boxOfQuad(quad)), quad }),
    format,
    ...(text === undefined ? { bytes: base64(code.bytes) } : { text }),
  };
}

/** What stands below the bars: UPC-A is the part of EAN-13 that begins with 0, and is printed without it. */
function printed(code: FoundCode): { format: string; text: string | undefined } {
  const { format, bytes, declaredText, addOn } = code;
  const text = textOf(bytes, declaredText);
  if (text === undefined) return { format, text };
  const isUpc = (format === 'EAN13' || format === 'UPCE') && /^0\d{12}$/.test(text);
  return {
    format: isUpc && format === 'EAN13' ? 'UPCA' : format,
    text: (isUpc ? text.slice(1) : text) + (addOn === undefined ? '' : ` ${addOn}`),
  };
}

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
