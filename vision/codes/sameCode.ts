import { centreDistance, type Quad } from '../quad.ts';
import type { FoundCode } from './codeReader.ts';

/** Whether both are the same code in the same place: a code that is printed twice is two. */
export function isSameCode(a: FoundCode, b: FoundCode): boolean {
  return isSameContent(a, b) && centreDistance(a.quad, b.quad) < Math.max(sizeOf(a.quad), sizeOf(b.quad)) / 2;
}

export function isSameContent(a: FoundCode, b: FoundCode): boolean {
  return (
    a.format === b.format &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, i) => byte === b.bytes[i])
  );
}

/** Adds the codes that are not in the list yet. One that was read with what stands beside it takes the place of that without. */
export function addNew(codes: FoundCode[], found: readonly FoundCode[]): void {
  for (const code of found) {
    const index = codes.findIndex((other) => isSameCode(other, code));
    if (index < 0) codes.push(code);
    else if (code.addOn !== undefined && codes[index]?.addOn === undefined) codes[index] = code;
  }
}

/** The longer side. */
const sizeOf = ([a, b, , d]: Quad): number =>
  Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(d[0] - a[0], d[1] - a[1]));
