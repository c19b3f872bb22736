import type { Label } from '../../protocol/messages.ts';
import { type Box, clip } from '../geometry.ts';
import { round, roundBox } from '../toLabel.ts';
import { codeName } from './codeName.ts';
import type { FoundCode } from './codeReader.ts';
import { textOf } from './textOf.ts';

/** A code as clients get it. Corners and box are in 0..1 of a picture of this size. */
export function codeLabel(code: FoundCode, id: number, picture: { width: number; height: number }): Label {
  const { format, text } = printed(code);
  const point = ([x, y]: readonly [number, number]): [number, number] => [
    round(x / picture.width, 4),
    round(y / picture.height, 4),
  ];
  const [a, b, c, d] = code.quad;
  const quad: NonNullable<Label['quad']> = [point(a), point(b), point(c), point(d)];
  return {
    id,
    label: text === undefined ? format : codeName(text),
    score: 1,
    box: roundBox(clip(boxOf(quad))),
    quad,
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

function boxOf(quad: readonly (readonly [number, number])[]): Box {
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
