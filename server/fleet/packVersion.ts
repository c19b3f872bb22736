import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import { sha256Of } from '../disk/sha256Of.ts';
import { readManifest } from '../library/manifestFile.ts';
import { type ModelFolder, readModelFolder, versionFolderOf } from '../library/modelFolder.ts';
import { type ModelRef, versionKey } from '../library/modelRef.ts';
import { filesOf, toJson, withPaths } from '../library/stagedVersion.ts';
import type { ModelStore } from '../library/store.ts';
import { findPair, twinFolderOf } from '../library/versionPair.ts';
import type { Log } from '../telemetry/log.ts';
import type { FleetFile, FleetVersion, PackedVersion } from './fleetLibrary.ts';

/** `versions/<version>-<6 digits>/` comes before it where the version is installed, and a path of a manifest has 128 characters at most. */
const MAX_TWIN_PATH = 128 - 'versions/0123456789ab-012345/'.length;

/**
 * A version that is on this disk, as others can activate it: its manifest's paths no longer name the folder of the version.
 * @param twin the other one of a pair of float32 and int8, which each machine may run in its place; it comes along in a folder of its own
 */
export async function packVersion(model: ModelRef, twin?: ModelFolder): Promise<PackedVersion> {
  const { id, version, dir, manifestFile } = model;
  const placed = await readManifest(manifestFile);
  const folder = versionFolderOf(placed);
  const packed = await packFiles({
    dir,
    placed,
    from: folder === undefined ? '' : `versions/${folder}/`,
    to: '',
  });
  const other = twin ? await packFiles(twinMove(twin)) : [];
  return {
    version: { id, version, files: [...packed, ...other].map(({ content: _, ...file }) => file) },
    contents: new Map([...packed, ...other].map(({ path: inner, content }) => [inner, content])),
  };
}

type PackedFile = FleetFile & { readonly content: string | Uint8Array };

/** Files of a manifest whose paths begin with `from`, to be found below `to`. */
interface Move {
  dir: string;
  placed: ModelFolder['manifest'];
  from: string;
  to: string;
}

function twinMove(twin: ModelFolder): Move {
  const { dir, manifest, manifestFile } = twin;
  const from = `${path.relative(dir, path.dirname(manifestFile)).replaceAll(path.sep, '/')}/`;
  return { dir, placed: manifest, from, to: `${twinFolderOf(twin)}/` };
}

/** Whether a path of a twin would be too long for a manifest, where it is installed. */
function isTooLong(twin: ModelFolder): boolean {
  const move = twinMove(twin);
  return filesOf(twin.manifest).some((file) => moved(file, move).length > MAX_TWIN_PATH);
}

const moved = (file: string, { from, to }: Pick<Move, 'from' | 'to'>): string =>
  to + (file.startsWith(from) ? file.slice(from.length) : file);

async function packFiles({ dir, placed, from, to }: Move): Promise<PackedFile[]> {
  const move = (file: string) => moved(file, { from, to });
  const text = Buffer.from(toJson(withPaths(placed, move)));
  const sha256 = createHash('sha256').update(text).digest('hex');
  const files: PackedFile[] = [{ path: `${to}manifest.json`, sha256, bytes: text.length, content: text }];
  for (const file of filesOf(placed)) {
    const content = path.join(dir, file);
    const { size: bytes } = await stat(content);
    files.push({ path: move(file), sha256: await sha256Of(content), bytes, content });
  }
  return files;
}

/** Packs versions that are live in a models folder, each with the other one of its pair, if there is one. */
export interface Packer {
  pack(model: ModelRef): Promise<PackedVersion>;
  /** Whether a version of the fleet came from a gateway that did not have the other one of its pair, or did not send it yet. */
  lacksTwin(model: ModelRef, version: FleetVersion): Promise<boolean>;
}

export function createPacker({
  modelsDir,
  store,
  log,
}: {
  modelsDir: string;
  store: Pick<ModelStore, 'kept'>;
  log: Log;
}): Packer {
  /** Versions, by their key, whose twin has paths that are too long. */
  const told = new Set<string>();

  /** What is sent with it, and so what the fleet can lack. */
  async function twinOf(model: ModelRef): Promise<ModelFolder | undefined> {
    const twin = await findTwin(model, modelsDir, store).catch((error: unknown) => {
      log.warn({ model: model.id, error: messageOf(error) }, 'its other version cannot be read');
      return undefined;
    });
    if (twin === undefined || !isTooLong(twin)) return twin;
    const key = versionKey(model);
    if (!told.has(key))
      log.warn(
        { model: model.id, version: twin.version },
        'the other version of a pair does not come to the fleet: give the files that its manifest names shorter paths',
      );
    told.add(key);
    return undefined;
  }

  return {
    pack: async (model) => packVersion(model, await twinOf(model)),
    async lacksTwin(model, { files }) {
      const twin = await twinOf(model);
      return twin !== undefined && !files.some((file) => file.path === `${twinFolderOf(twin)}/manifest.json`);
    },
  };
}

async function findTwin(
  { id, version }: ModelRef,
  modelsDir: string,
  store: Pick<ModelStore, 'kept'>,
): Promise<ModelFolder | undefined> {
  // Not where workers would load it: of a copy that they have, what lies next to it was left out.
  const live = await readModelFolder(path.join(modelsDir, id));
  if (live.version !== version) return undefined;
  const pair = await findPair(live, store.kept);
  return pair?.int8 === live ? pair.float : pair?.int8;
}
