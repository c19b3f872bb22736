import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { ImportError } from '../importError.ts';
import { assertSafePath, MAX_FILES } from './filePath.ts';

/**
 * Messages of ONNX on the way to the names of files that hold weights, by the number of the field that holds the next
 * message: https://github.com/onnx/onnx/blob/v1.22.0/onnx/onnx.proto3
 */
const NESTED_MESSAGES = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
} as const satisfies Record<string, Record<number, string>>;
type Message = keyof typeof NESTED_MESSAGES;

/** Messages within messages; ONNX files in use have some ten. */
const MAX_DEPTH = 100;
/** Fields that are read; a graph of 100,000 nodes has some million. */
const MAX_FIELDS = 10_000_000;
const MAX_NAME_BYTES = 1_000;
/** A tag and a number. */
const MAX_HEADER_BYTES = 20;
const WINDOW_BYTES = 65_536;

/**
 * Names of the files that an ONNX file keeps weights in, relative to its folder. Only the headers of messages are read,
 * and weights are passed over, so that a file of any size takes little memory.
 *
 * @returns none for what is no ONNX file: who reads the whole of it says so
 * @throws ImportError `malformed_source` for a name that leads out of the folder, `too_large`
 */
export async function externalWeights(file: string): Promise<string[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const names = new Set<string>();
    await new Scan(handle, names).message('model', size, 0).catch((error: unknown) => {
      if (error !== NO_MESSAGE) throw error;
    });
    return [...names];
  } finally {
    await handle.close();
  }
}

/** Thrown, and caught in this file, where bytes are no message. */
const NO_MESSAGE = new Error('no message');

class Scan {
  readonly #file: FileHandle;
  readonly #names: Set<string>;
  #window = Buffer.alloc(0);
  /** Where the window begins in the file, and the next byte that is read. */
  #from = 0;
  #at = 0;
  #fields = 0;

  constructor(file: FileHandle, names: Set<string>) {
    this.#file = file;
    this.#names = names;
  }

  /** Reads one message up to byte `end` of the file. */
  async message(kind: Message, end: number, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw NO_MESSAGE;
    const nested: Readonly<Record<number, Message>> = NESTED_MESSAGES[kind];
    let key = '';
    let value = '';
    while (this.#at < end) {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) throw NO_MESSAGE;
      await this.#have(MAX_HEADER_BYTES);
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case 0:
          this.#varint();
          break;
        case 1:
          this.#at += 8;
          break;
        case 2: {
          const length = this.#varint();
          const next = this.#at + length;
          if (next > end) throw NO_MESSAGE;
          const inner = nested[field];
          if (inner) await this.message(inner, next, depth + 1);
          else if (kind === 'entry' && field === 1) key = await this.#text(length);
          else if (kind === 'entry' && field === 2) value = await this.#text(length);
          this.#at = next;
          break;
        }
        case 5:
          this.#at += 4;
          break;
        default:
          throw NO_MESSAGE;
      }
    }
    if (key === 'location') this.#add(value);
  }

  #add(given: string): void {
    // Windows writes "\\" between folders.
    const name = path.posix.normalize(given.replaceAll('\\', '/'));
    try {
      assertSafePath(name);
    } catch (cause) {
      throw new ImportError('malformed_source', aboutSource('weights_path', { path: given.slice(0, 200) }), {
        cause,
      });
    }
    this.#names.add(name);
    if (this.#names.size > MAX_FILES) {
      throw new ImportError('too_large', aboutSource('too_many_weights', { max: MAX_FILES }));
    }
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1, bytes = 0; bytes < 10; factor *= 128, bytes++) {
      const byte = this.#window[this.#at - this.#from];
      if (byte === undefined) throw NO_MESSAGE;
      this.#at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw NO_MESSAGE;
  }

  async #text(bytes: number): Promise<string> {
    if (bytes > MAX_NAME_BYTES) return '';
    await this.#have(bytes);
    const from = this.#at - this.#from;
    return this.#window.toString('utf8', from, from + bytes);
  }

  /** Makes sure that the window holds the next bytes, or all that are left of the file. */
  async #have(bytes: number): Promise<void> {
    if (this.#at >= this.#from && this.#at + bytes <= this.#from + this.#window.length) return;
    const window = Buffer.alloc(WINDOW_BYTES);
    const { bytesRead } = await this.#file.read(window, 0, WINDOW_BYTES, this.#at);
    this.#window = window.subarray(0, bytesRead);
    this.#from = this.#at;
  }
}
