/** Numbers of 16 bits (IEEE 754 binary16), as their bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return (sign * fraction) / 2 ** 24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The values of many of them. */
export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  allHalves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
  for (let i = 0; i < values.length; i++) values[i] = allHalves[halves[i] ?? 0] ?? 0;
  return values;
}
/** Every float16 by its bits; looking up is ten times faster than computing. Made when a model needs it. */
let allHalves: Float32Array | undefined;

const FLOAT = new Float32Array(1);
const FLOAT_BITS = new Uint32Array(FLOAT.buffer);

/** The nearest to a float32, halfway to even, as a Cast of ONNX rounds. By its bits: weights are millions of numbers. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  FLOAT[0] = value;
  const bits = FLOAT_BITS[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  // 65,520 and more are nearer to infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  // From 2^-14 on: another offset of the exponent, and 13 bits less; what is rounded up may carry into the exponent.
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Below it: whole multiples of 2^-24.
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const digits = (size & 0x7fffff) | 0x800000;
  const below = digits >>> shift;
  const rest = digits & ((1 << shift) - 1);
  const halfway = 1 << (shift - 1);
  return sign | (rest > halfway || (rest === halfway && below % 2 === 1) ? below + 1 : below);
}
