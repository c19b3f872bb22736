import { createReadStream } from 'node:fs';

/** The bytes of a file of the disk, which is opened when they are asked for: a zip has thousands. */
export async function* fileContent(file: string): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of createReadStream(file)) yield chunk as Buffer;
}
