import { createWriteStream, openAsBlob } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { messageOf } from '../../../protocol/errors.ts';
import type { ExportKind } from '../../../protocol/things.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { exists } from '../../disk/atomic.ts';
import { type CommandContext, CommandError } from '../context.ts';
import type { ServerClient } from '../ownServers.ts';
import { picturesIn } from '../picturesIn.ts';
import { UsageError } from '../usage.ts';
import { inNumber } from '../words.ts';

type Server = Pick<ServerClient, 'things' | 'url'>;
type Context = Pick<CommandContext, 'terminal' | 'resolve' | 'signal'>;

/** Teaches by pictures, one after the other. What was taught before one is refused stays. */
export async function addPictures(
  { things, url }: Server,
  { terminal, resolve }: Context,
  { collection, name, isNothing }: { collection: string; name: string; isNothing: boolean },
  given: readonly string[],
) {
  const pictures = (await Promise.all(given.map((one) => picturesAt(resolve(one))))).flat();
  let samples = 0;
  let added = 0;
  for (const picture of pictures) {
    terminal.count('pictures', added, pictures.length);
    try {
      const bytes = new Uint8Array(await readFile(picture));
      ({ samples } = await things.addSample(collection, bytes, { name, isNothing }));
    } catch (cause) {
      const before =
        added === 0 ? 'Nothing was taught.' : `${inNumber(added, 'picture')} before it were taught.`;
      throw new CommandError(`${picture}: ${messageOf(cause)} ${before}`, { cause });
    }
    added += 1;
  }
  terminal.say(`"${name}" of ${collection} has ${inNumber(samples, 'sample')} now, at ${url}.`);
  return { collection, name, added, samples };
}

/** A picture, or those in a folder. */
async function picturesAt(given: string): Promise<string[]> {
  const found = await stat(given).catch((cause) => {
    throw new UsageError(`There is no file or folder ${given}.`, { cause });
  });
  if (!found.isDirectory()) return [given];
  return (await picturesIn(given, 'PICTURE')).map((name) => path.join(given, name));
}

/** Writes what a collection leaves as. The file is there as a whole or not at all. */
export async function exportTo(
  { things }: Server,
  { terminal, resolve, signal }: Context,
  { collection, as, out }: { collection: string; as: ExportKind; out: string | undefined },
) {
  const file = resolve(out ?? `${collection}${as === 'collection' ? '' : `-${as}`}.zip`);
  if (await exists(file)) throw new UsageError(`${file} is there already. Choose another with --out.`);
  const part = `${file}.part`;
  let bytes = 0;
  try {
    bytes = await things.export(collection, as, {
      async read({ body }) {
        const content = Readable.fromWeb((body ?? new Blob().stream()) as ReadableStream<Uint8Array>);
        const written = createWriteStream(part);
        content.on('data', () => terminal.bytes(written.bytesWritten, undefined));
        await pipeline(content, written, { signal }).catch((cause: unknown) => {
          signal.throwIfAborted();
          throw new CommandError(`The export could not be written: ${messageOf(cause)}`, { cause });
        });
        return written.bytesWritten;
      },
    });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  terminal.say(`Wrote ${file} (${formatBytes(bytes)}).`);
  return { collection, as, file, bytes };
}

/** Makes a collection of one that was exported. */
export async function importFrom(
  { things, url }: Server,
  { terminal, resolve }: Context,
  { file, name }: { file: string; name: string | undefined },
) {
  let content: Blob;
  try {
    content = await openAsBlob(resolve(file));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: is there such a file?`, { cause });
  }
  const details = await things.import(content, { name });
  const count = inNumber(details.things.filter(({ isNothing }) => !isNothing).length, 'thing');
  terminal.say(`${details.id} is at ${url}, with ${count}.`);
  return details;
}

export async function removeCollection(
  { things }: Server,
  { terminal }: Context,
  collection: string,
  isSure: boolean,
): Promise<{ collection: string; isRemoved: boolean }> {
  if (!isSure) {
    if (!terminal.canAsk) throw new UsageError('Nothing changed: not a terminal, pass --yes to confirm.');
    if (!(await terminal.ask(`Delete "${collection}" with all its things?`))) {
      return { collection, isRemoved: false };
    }
  }
  await things.remove(collection);
  terminal.say(`${collection} was deleted.`);
  return { collection, isRemoved: true };
}
