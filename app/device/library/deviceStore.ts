import * as v from 'valibot';
import type { ContentFile, DeviceModel } from '../../../vision/deviceModel.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { storageName } from '../../browser/storageName.ts';
import { DeviceError } from '../runtime/deviceSession.ts';
import type { FetchFile, FileJob } from './fetchFile.ts';
import { withSharedListing } from './sharedListing.ts';
import { filesOf, StoredModel } from './storedModel.ts';
import type { Vault } from './vault.ts';

const RECORDS = 'models/';
const FILES = 'files/';
const JSON_TYPE = 'application/json';

/** Some of a file's bytes; `files/SHA256/START-END` is its name. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface DownloadOptions {
  /** Where a file of the model is. */
  urlOf(file: ContentFile): string;
  headers: FileJob['headers'];
  /** Of all files of the model; those that were here before count. */
  onProgress(receivedBytes: number, totalBytes: number): void;
  signal: AbortSignal;
}

/**
 * Models on this device: one record each, and files by their hash. A file lies in parts as they came, so that a download
 * goes on where it stopped; its last part is kept only when the whole has the right hash, so one that is whole is right.
 */
export class DeviceStore {
  readonly #vault: Vault;
  readonly #fetchFile: FetchFile;
  /** Models whose files are needed and which no record names yet. */
  readonly #held = new Set<DeviceModel>();

  constructor(vault: Vault, fetchFile: FetchFile) {
    this.#vault = withSharedListing(vault);
    this.#fetchFile = fetchFile;
  }

  get isPersistent(): boolean {
    return this.#vault.isPersistent;
  }

  /** Those that came first, first. */
  async records(): Promise<StoredModel[]> {
    const names = await this.#vault.names();
    const found = await Promise.all(
      names.filter((name) => name.startsWith(RECORDS)).map((name) => this.#read(name)),
    );
    return found.filter((record) => record !== undefined).sort((a, b) => a.sinceMs - b.sinceMs);
  }

  record(id: string): Promise<StoredModel | undefined> {
    return this.#read(recordName(id));
  }

  /** @throws DeviceError `quota` */
  async write(record: StoredModel): Promise<void> {
    const content = new Blob([JSON.stringify(record)], { type: JSON_TYPE });
    await this.#put(recordName(record.current.manifest.id), content);
  }

  /** Takes a model away, with the files that no other needs. */
  async remove(id: string): Promise<void> {
    await this.#vault.delete(recordName(id));
    await this.sweep();
  }

  async clear(): Promise<void> {
    for (const name of await this.#vault.names()) await this.#vault.delete(name);
  }

  /** Keeps the files of a model until disposed, although no record names them. */
  hold(model: DeviceModel): () => void {
    this.#held.add(model);
    return () => this.#held.delete(model);
  }

  /** Deletes files that no record names and no one holds. */
  async sweep(): Promise<void> {
    const records = await this.records();
    await this.#sweepBut(
      records.flatMap(({ current, previous }) => (previous === undefined ? [current] : [current, previous])),
    );
  }

  async #sweepBut(models: readonly DeviceModel[]): Promise<void> {
    const needed = [...this.#held, ...models];
    const hashes = new Set(needed.flatMap(filesOf).map(({ sha256 }) => sha256));
    for (const name of await this.#vault.names()) {
      if (name.startsWith(FILES) && !hashes.has(name.split('/')[1] ?? '')) await this.#vault.delete(name);
    }
  }

  /** Whether all files of a model are here. */
  async has(model: DeviceModel): Promise<boolean> {
    const names = await this.#vault.names();
    return filesOf(model).every((file) => isWhole(partsOf(file.sha256, names), file));
  }

  /**
   * A file that is here as a whole.
   * @throws DeviceError `failed` when it is not
   */
  async load(sha256: string): Promise<ArrayBuffer> {
    const parts = partsOf(sha256, await this.#vault.names());
    const bytes = new Uint8Array(endOf(parts));
    const readPart = async ({ name, start }: Part) => {
      const content = await this.#vault.get(name);
      if (content === undefined) {
        throw new DeviceError('failed', `The file ${sha256} is not on this device any more.`);
      }
      bytes.set(new Uint8Array(await content.arrayBuffer()), start);
    };
    await Promise.all(parts.map(readPart));
    if (bytes.length === 0) throw new DeviceError('failed', `The file ${sha256} is not on this device.`);
    return bytes.buffer;
  }

  /**
   * Fetches what is missing of a model's files, one after another.
   * @throws DeviceError; the signal's reason when aborted
   */
  async download(model: DeviceModel, { onProgress, ...options }: DownloadOptions): Promise<void> {
    const files = filesOf(model);
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let before = 0;
    for (const file of files) {
      const onFile = (received: number) => onProgress(before + received, totalBytes);
      await withLock(file.sha256, options.signal, () => this.#complete(file, onFile, options));
      before += file.bytes;
      onProgress(before, totalBytes);
    }
  }

  /** What models take here, half downloaded ones too, bytes. */
  async usedBytes(): Promise<number> {
    const parts = (await this.#vault.names()).map(partNamed).filter((part) => part !== undefined);
    return parts.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  async #complete(
    file: ContentFile,
    onProgress: (receivedBytes: number) => void,
    options: Pick<DownloadOptions, 'urlOf' | 'headers' | 'signal'>,
  ): Promise<void> {
    const parts = partsOf(file.sha256, await this.#vault.names());
    if (isWhole(parts, file)) return;
    try {
      await this.#fetch(file, parts, onProgress, options);
    } catch (error) {
      if (!(error instanceof DeviceError) || error.code !== 'hash') throw error;
      await this.#forget(file);
      if (parts.length === 0) throw error;
      // It may have been what was here before that was wrong.
      await this.#fetch(file, [], onProgress, options).catch(async (again: unknown) => {
        if (again instanceof DeviceError && again.code === 'hash') await this.#forget(file);
        throw again;
      });
    }
  }

  async #fetch(
    file: ContentFile,
    parts: readonly Part[],
    onProgress: (receivedBytes: number) => void,
    { urlOf, headers, signal }: Pick<DownloadOptions, 'urlOf' | 'headers' | 'signal'>,
  ): Promise<void> {
    const contents = await Promise.all(parts.map(({ name }) => this.#vault.get(name)));
    const job = { url: urlOf(file), headers, file, parts: contents.filter((part) => part !== undefined) };
    let start = endOf(parts);
    await this.#fetchFile(job, {
      onProgress,
      signal,
      onPart: async (bytes) => {
        // A part that comes after the end of the download is dropped.
        signal.throwIfAborted();
        const end = start + bytes.length;
        await this.#put(`${FILES}${file.sha256}/${start}-${end}`, new Blob([bytes]));
        start = end;
      },
    });
  }

  async #forget({ sha256 }: ContentFile): Promise<void> {
    for (const name of await this.#vault.names()) {
      if (partNamed(name) && name.startsWith(`${FILES}${sha256}/`)) await this.#vault.delete(name);
    }
  }

  /** Where there is no room, unused files go first. */
  async #put(name: string, content: Blob): Promise<void> {
    try {
      await this.#vault.put(name, content);
    } catch (error) {
      if (!isQuota(error)) throw error;
      await this.#free();
      await this.#vault.put(name, content).catch((cause: unknown) => {
        if (!isQuota(cause)) throw cause;
        throw new DeviceError(
          'quota',
          `This browser has no room for another ${formatBytes(content.size)}. Remove a model from this device, or ` +
            'free space on it, and try again.',
          { cause },
        );
      });
    }
  }

  /** Gives up versions that are kept only for going back, and what is left of downloads. */
  async #free(): Promise<void> {
    const records = await this.records();
    const before = records.filter(({ previous }) => previous !== undefined);
    // Never without a record in between: a page that is closed now would lose the model.
    const shorten = async (record: StoredModel): Promise<boolean> => {
      const content = JSON.stringify({ ...record, previous: undefined });
      try {
        await this.#vault.put(
          recordName(record.current.manifest.id),
          new Blob([content], { type: JSON_TYPE }),
        );
        return true;
      } catch (error) {
        if (!isQuota(error)) throw error;
        return false;
      }
    };
    const tooLong: StoredModel[] = [];
    for (const record of before) if (!(await shorten(record))) tooLong.push(record);
    await this.#sweepBut(records.map(({ current }) => current));
    // Some browsers need room for the new record in addition to the old one; now there is some.
    for (const record of tooLong) await shorten(record);
  }

  /** What an older or newer page wrote, and this one does not understand, is not there. */
  async #read(name: string): Promise<StoredModel | undefined> {
    const content = await this.#vault.get(name);
    if (content === undefined) return undefined;
    try {
      return v.parse(StoredModel, JSON.parse(await content.text()));
    } catch (error) {
      console.warn(`What is kept as ${name} was not understood.`, error);
      return undefined;
    }
  }
}

const recordName = (id: string) => RECORDS + encodeURIComponent(id);

/** The parts of a file from its beginning on, as far as none is missing. */
function partsOf(sha256: string, names: readonly string[]): Part[] {
  const found = names
    .filter((name) => name.startsWith(`${FILES}${sha256}/`))
    .map(partNamed)
    .filter((part) => part !== undefined)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: Part[] = [];
  for (const part of found) if (part.start === endOf(parts)) parts.push(part);
  return parts;
}

function partNamed(name: string): Part | undefined {
  const [, start, end] = /^files\/[0-9a-f]{64}\/(\d+)-(\d+)$/.exec(name) ?? [];
  return end === undefined ? undefined : { name, start: Number(start), end: Number(end) };
}

const endOf = (parts: readonly Part[]) => parts.at(-1)?.end ?? 0;
const isWhole = (parts: readonly Part[], { bytes }: ContentFile) => endOf(parts) === bytes;

const isQuota = (error: unknown) => error instanceof Error && error.name === 'QuotaExceededError';

/** One page downloads a file, the others wait for it, where the browser knows locks. */
function withLock<T>(sha256: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (typeof navigator === 'undefined' || navigator.locks === undefined) return work();
  return navigator.locks.request(storageName(`livelens-file-${sha256}`), { signal }, work);
}
