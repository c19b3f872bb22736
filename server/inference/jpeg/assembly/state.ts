/** What a picture's headers say, and where its parts lie in memory. One picture at a time. */

/** One of the three planes of a picture: light, blue, red. */
@unmanaged
export class Component {
  id: u32;
  /** Samples for each unit of the picture, across and down: 1 or 2. */
  across: u32;
  down: u32;
  /** Of its quantisation table, until the scan begins: tables may come after the frame's header. */
  quantisationId: u32;
  /** 64 steps of 16 bits, row by row. */
  steps: usize;
  /** Tables of `huffman.ts`. */
  dc: usize;
  ac: usize;
  /** The DC coefficient of its last block: only differences are written. */
  lastDc: i32;
  /** Its samples, a byte each, whole blocks; `stride` bytes a row. */
  plane: usize;
  stride: u32;
}

export const COMPONENTS: u32 = 3;
/** The compiler takes numbers here, and no names: `COMPONENTS` times the size of one. */
const components = memory.data(3 * 40, 8);

export function componentAt(index: u32): Component {
  return changetype<Component>(components + index * offsetof<Component>());
}
