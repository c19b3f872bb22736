import { ByteBuffer } from 'flatbuffers';
import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { ImportError } from '../../importError.ts';

/** TensorFlow joins the names of all operators that it fused. */
const MAX_TEXT_BYTES = 65_536;

/** One table of an untrusted FlatBuffer. Fields are given by their place in the schema, the first is 0. Each read is checked against the file's end. */
export class FlatTable {
  readonly #buffer: ByteBuffer;
  readonly #at: number;

  private constructor(buffer: ByteBuffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
    const vtable = at - buffer.readInt32(this.#checked(at, 4));
    const bytes = buffer.readUint16(this.#checked(vtable, 4));
    this.#checked(vtable, bytes);
  }

  /** The table that a FlatBuffer begins with. @throws ImportError `malformed_source`, as all reads do */
  static root(bytes: Uint8Array): FlatTable {
    const buffer = new ByteBuffer(bytes);
    if (bytes.byteLength < 8) throw broken();
    return new FlatTable(buffer, buffer.readUint32(0));
  }

  int(field: number, fallback = 0): number {
    const at = this.#field(field, 4);
    return at === 0 ? fallback : this.#buffer.readInt32(at);
  }
  byte(field: number, fallback = 0): number {
    const at = this.#field(field, 1);
    return at === 0 ? fallback : this.#buffer.readInt8(at);
  }
  flag(field: number): boolean {
    return this.byte(field) !== 0;
  }
  float(field: number, fallback = 0): number {
    const at = this.#field(field, 4);
    return at === 0 ? fallback : this.#buffer.readFloat32(at);
  }
  /** An unsigned number of 64 bits. */
  long(field: number): number {
    const at = this.#field(field, 8);
    return at === 0 ? 0 : Number(this.#buffer.readUint64(at));
  }
  has(field: number): boolean {
    return this.#field(field, 1) !== 0;
  }
  /** A name: errors quote it, so it has a limit. */
  text(field: number): string {
    const bytes = this.bytes(field);
    if (bytes.byteLength > MAX_TEXT_BYTES) {
      throw new ImportError(
        'malformed_source',
        aboutTflite('lite_name_long', { bytes: bytes.byteLength, max: MAX_TEXT_BYTES }),
      );
    }
    return Buffer.from(bytes).toString('utf8');
  }
  table(field: number): FlatTable | undefined {
    const at = this.#field(field, 4);
    return at === 0 ? undefined : this.#follow(at);
  }
  tables(field: number): FlatTable[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => this.#follow(start + i * 4));
  }
  /** A view of the file. */
  bytes(field: number): Uint8Array {
    const { start, count } = this.#vector(field, 1);
    return this.#buffer.bytes().subarray(start, start + count);
  }
  ints(field: number): number[] {
    return this.#numbers(field, 4, (at) => this.#buffer.readInt32(at));
  }
  shorts(field: number): number[] {
    return this.#numbers(field, 2, (at) => this.#buffer.readUint16(at));
  }
  longs(field: number): number[] {
    return this.#numbers(field, 8, (at) => Number(this.#buffer.readInt64(at)));
  }
  floats(field: number): number[] {
    return this.#numbers(field, 4, (at) => this.#buffer.readFloat32(at));
  }

  #numbers(field: number, size: number, read: (at: number) => number): number[] {
    const { start, count } = this.#vector(field, size);
    return Array.from({ length: count }, (_, i) => read(start + i * size));
  }
  #vector(field: number, size: number): { start: number; count: number } {
    const at = this.#field(field, 4);
    if (at === 0) return { start: 0, count: 0 };
    const start = this.#checked(at + this.#buffer.readUint32(at), 4);
    const count = this.#buffer.readUint32(start);
    return { start: this.#checked(start + 4, count * size), count };
  }
  #follow(at: number): FlatTable {
    return new FlatTable(this.#buffer, at + this.#buffer.readUint32(at));
  }
  /** Where a field stands; 0 where it has its default. */
  #field(field: number, size: number): number {
    const offset = this.#buffer.__offset(this.#at, 4 + field * 2);
    return offset === 0 ? 0 : this.#checked(this.#at + offset, size);
  }
  #checked(at: number, size: number): number {
    if (at < 0 || at + size > this.#buffer.capacity()) throw broken();
    return at;
  }
}

const broken = () => new ImportError('malformed_source', aboutTflite('lite_damaged'));
