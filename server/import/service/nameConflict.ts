import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { isModelId } from '../../library/modelId.ts';
import type { ModelStore } from '../../library/store.ts';
import { slug } from '../deploy/writeVersion.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';

export interface Named {
  /** Its id is derived and free: if something else has it by the time it is activated, that is not replaced. */
  readonly isNew: boolean;
  readonly conflict: ImportReport['conflict'];
}

/**
 * Whether an import would replace a model that it has nothing to do with. Of an id that was given, nothing is asked; nor
 * of the same version, or one from the same address or repository.
 * @param imported.folders see SourceFiles
 */
export async function findConflict(
  {
    report,
    manifest,
    folders = [],
  }: { report: ImportReport; manifest: Manifest } & Pick<NonNullable<SourceFiles['hints']>, 'folders'>,
  options: ImportOptions,
  store: Pick<ModelStore, 'ids' | 'versions'>,
): Promise<Named> {
  if (options.id !== undefined) return { isNew: false, conflict: undefined };
  const taken = await store.ids();
  if (!taken.includes(report.id)) return { isNew: true, conflict: undefined };
  // A folder that cannot be read is someone's model nevertheless.
  const [live] = await store.versions(report.id).catch(() => []);
  const isUpdate =
    live?.version === report.version ||
    (live !== undefined && isSameSource(live.source, manifest.provenance.source));
  if (isUpdate) return { isNew: false, conflict: undefined };
  const source = live?.source ?? 'an unknown source';
  for (const free of otherNames(report, folders)) {
    const isNew = !taken.includes(free.id);
    // The same file again, which got another name the first time.
    const isSame = !isNew && (await versionOf(free.id, store)) === report.version;
    if (isModelId(free.id) && (isNew || isSame)) return { isNew, conflict: { source, free } };
  }
  throw new Error('unreachable: numbers have no end');
}

const versionOf = async (id: string, store: Pick<ModelStore, 'versions'>) =>
  (await store.versions(id).catch(() => []))[0]?.version;

/** Of a file only its name is known, and many have the same. */
function isSameSource(one: string, other: string): boolean {
  const key = (source: string) =>
    /^hf:[^/]+\/[^/@]+/i.exec(source)?.[0].toLowerCase() ??
    (/^https?:\/\//.test(source) ? source : undefined);
  const known = key(one);
  return known !== undefined && known === key(other);
}

/** Folders that tools make, and that say nothing of a model. */
const GENERIC =
  /^(weights|models?|runs?|train\d*|exp\d*|exports?|exported|onnx|outputs?|out|dist|build|checkpoints?|best|last|results?|data|te?mp|home|downloads?|desktop|documents|users?|root|detect|classify|resolve|main|blob|raw|files?)$/i;

/** By the folders that it lay in, then by numbers. */
function* otherNames(
  { id, name }: ImportReport,
  folders: readonly string[],
): Generator<{ id: string; name: string }> {
  for (const folder of folders) {
    const word = slug(folder).slice(0, 30);
    if (GENERIC.test(folder) || id.includes(word)) continue;
    yield { id: `${word}-${id}`.slice(0, 64), name: `${folder} ${name}`.slice(0, 80) };
  }
  for (let number = 2; ; number++) {
    yield { id: `${id.slice(0, 58)}-${number}`, name: `${name.slice(0, 72)} ${number}` };
  }
}

/** The question that a conflict raises; the caller adds the possible answers. */
export const conflictText = ({ id, conflict }: ImportReport): string =>
  `A model called "${id}" exists already, from ${conflict?.source}.`;
