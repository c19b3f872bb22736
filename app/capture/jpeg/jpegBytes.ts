/** The bytes of a JPEG as they are written: whole ones between its parts, single bits within the picture. */
export class JpegBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** A word of 32 bits that fills from its highest one on, and how many of it are free. */
  #bits = 0;
  #free = 32;

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  /** Makes room for what is written next: bits are written without a check. */
  reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + bytes);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  push(...bytes: readonly number[]): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** @param count of the lowest bits of `value`, at most 27; those above must be 0 */
  pushBits(value: number, count: number): void {
    let free = this.#free - count;
    if (free >= 0) {
      this.#bits |= value << free;
      this.#free = free;
      return;
    }
    // The word is full: its four bytes go out.
    const word = this.#bits | (value >>> -free);
    for (let shift = 24; shift >= 0; shift -= 8) this.#pushByte((word >>> shift) & 0xff);
    free += 32;
    this.#bits = value << free;
    this.#free = free;
  }

  /** Fills the last byte with ones, and ends the bits. */
  alignBits(): void {
    this.reserve(8);
    const ones = this.#free & 7;
    this.pushBits((1 << ones) - 1, ones);
    for (; this.#free < 32; this.#free += 8, this.#bits <<= 8) this.#pushByte(this.#bits >>> 24);
  }

  #pushByte(byte: number): void {
    this.#bytes[this.#length++] = byte;
    // Else it would begin a marker.
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }

  /** What was written. */
  taken(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
