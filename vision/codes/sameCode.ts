import { centreDistance, type Quad } from '../quad.ts';
import type { FoundCode } from './codeReader.ts';

/** Whether both are the same code in the same place: a code that is printed twice is two. */
function isSameCode(a: FoundCode, b: FoundCode): boolean {
  return isSameContent(a, b) && centreDistance(a.quad, b.quad) < Math.max(sizeOf(a.quad), sizeOf(b.quad)) / 2;
}

export function isSameContent(a: FoundCode, b: FoundCode): boolean {
  return (
    a.format === b.format &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, i) => byte === b.bytes[i])
  );
}

/** Adds what is new of `found`: it takes the place of the same code that was read with less. */
export function addNew(codes: FoundCode[], found: readonly FoundCode[]): void {
  for (const code of found) {
    if (!isNew(codes, code)) continue;
    const index = codes.findIndex((other) => isSameCode(other, code));
    if (index < 0) codes.push(code);
    else codes[index] = code;
  }
}

/** Whether a code is not among these yet, or with fewer of the digits that stand beside it. */
export function isNew(codes: readonly FoundCode[], code: FoundCode): boolean {
  const other = codes.find((each) => isSameCode(each, code));
  return other === undefined || addOnLength(code) > addOnLength(other);
}

/** Two of five digits are read where a picture ends within them. */
export const addOnLength = ({ addOn = '' }: FoundCode): number => addOn.length;

/** The longer side. */
const sizeOf = ([a, b, , d]: Quad): number =>
  Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(d[0] - a[0], d[1] - a[1]));
