/** The smallest program with an instruction of relaxed SIMD: `i8x16.relaxed_swizzle` of two vectors. */
const PROGRAM = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
]);

/** Whether this browser runs WebAssembly with relaxed SIMD. Also in the page, whose policy lets nothing be compiled. */
export const hasRelaxedSimd = (): boolean =>
  typeof WebAssembly !== 'undefined' && WebAssembly.validate(PROGRAM);
