import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { progress } from '../../../protocol/sentences/progress.ts';
import { ImportError } from '../importError.ts';
import { download, withoutQuery } from './download.ts';
import { readReceivedFile, weightsOf } from './files.ts';
import type { Network } from './network.ts';
import type { ReceiveOptions } from './receiveOptions.ts';
import type { SourceFiles } from './sourceFiles.ts';

/**
 * A model at an address: a zip, or an .onnx file or a TensorFlow.js model.json with the weights that it names. An address
 * that ends with "/" is that of a folder with a model.json, as Teachable Machine gives it.
 * @throws ImportError
 */
export async function receiveFromWeb(
  given: URL,
  network: Network,
  options: ReceiveOptions,
): Promise<SourceFiles> {
  const url = given.pathname.endsWith('/') ? new URL('model.json', given) : given;
  const { dir, maxBytes, signal } = options;
  const got = path.join(dir, 'download.part');
  let bytes = 0;
  const fetchFile = async (from: URL, file: string, maxTries?: number) => {
    options.onProgress?.(progress('downloads', { address: withoutQuery(from) }));
    await mkdir(path.dirname(file), { recursive: true });
    return download(from, file, {
      network,
      maxBytes: maxBytes - bytes,
      signal,
      ...(maxTries !== undefined && { maxTries }),
      onProgress: options.onProgress,
      onBytes: (now, of) => options.onBytes?.(bytes + now, of === undefined ? undefined : bytes + of),
    });
  };
  const end = await fetchFile(url, got);
  bytes = (await stat(got)).size;
  const name = nameOf(url) ?? nameOf(end) ?? 'model.onnx';
  const source = await readReceivedFile(got, name, options, placeOf(url));
  const { entry = '' } = source;
  // An .onnx file is often redirected to a store of files that knows each by an address of its own.
  const base = entry.endsWith('.json') ? end : url;
  for (const shard of await weightsOf(path.join(dir, entry))) {
    const file = path.join(dir, path.dirname(entry), ...shard.split('/'));
    // A zip brought it along.
    if (await stat(file).catch(() => undefined)) continue;
    // A space or "%" in a name is part of the name.
    await fetchFile(new URL(shard.split('/').map(encodeURIComponent).join('/'), base), file);
    bytes += (await stat(file)).size;
  }
  if (entry.endsWith('.json')) {
    // Only Teachable Machine has one; storage answers in many ways for what is not there.
    const metadata = path.join(dir, 'metadata.json');
    await fetchFile(new URL('metadata.json', end), metadata, 2).catch(async (error) => {
      signal?.throwIfAborted();
      if (!(error instanceof ImportError)) throw error;
      await rm(metadata, { force: true });
      if (error.code !== 'unknown_source') options.onProgress?.(progress('goes_on', { why: error.text }));
    });
  }
  return {
    ...source,
    description: withoutQuery(given),
    hints: { ...source.hints, addedFrom: withoutQuery(given), folders: [placeOf(url)] },
  };
}

/** The last folder of an address, else its host. */
const placeOf = ({ pathname, hostname }: URL) => pathname.split('/').filter(Boolean).at(-2) ?? hostname;

/** The last part of an address that has the form of a file name. */
function nameOf(url: URL): string | undefined {
  try {
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    return /\.[A-Za-z0-9]{2,8}$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
