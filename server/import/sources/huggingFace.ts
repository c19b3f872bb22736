import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { progress } from '../../../protocol/sentences/progress.ts';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { sha256Of } from '../../disk/sha256Of.ts';
import { ImportError } from '../importError.ts';
import { download } from './download.ts';
import { assertSafePath } from './filePath.ts';
import { integrityOf, weightsOf } from './files.ts';
import { hintFilesOf, maxHintBytes } from './labelFiles.ts';
import type { Network } from './network.ts';
import type { ReceiveOptions } from './receiveOptions.ts';
import type { SourceFiles } from './sourceFiles.ts';
import { textTowerOf } from './textTowerOf.ts';

/** A repository of models at Hugging Face, or at a mirror of it. */
export interface HuggingFaceName {
  repository: string;
  revision: string;
  /** An .onnx or .tflite file of it. */
  file?: string | undefined;
}

/** Where repositories are: Hugging Face or a mirror of it, as its own tools read it from HF_ENDPOINT and HF_TOKEN. */
export interface Hub {
  endpoint: string;
  token?: string | undefined;
}

/** The answer of `/api/models/NAME/revision/REVISION?blobs=true`, as far as it matters here. */
const RepositoryInfo = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  cardData: v.nullish(v.object({ license: v.nullish(v.union([v.string(), v.array(v.string())])) })),
  siblings: v.array(
    v.object({
      rfilename: v.string(),
      size: v.nullish(v.number()),
      lfs: v.nullish(v.object({ sha256: v.nullish(v.string()) })),
    }),
  ),
});
type RepositoryInfo = v.InferOutput<typeof RepositoryInfo>;
type RepositoryFile = RepositoryInfo['siblings'][number];

const MAX_INFO_BYTES = 20e6;
/** Copies with smaller numbers that most repositories have next to the whole one. */
const REDUCED = /(quantized|int8|uint8|int4|uint4|fp16|bf16|float16|q4|q4f16|q8|bnb4|quant)\b/i;

/** A name that begins with a dot would lead elsewhere in an address. */
const REPOSITORY = String.raw`\w[\w.-]*\/\w[\w.-]*`;
const SHORT = new RegExp(`^hf:(?://)?(${REPOSITORY})(?:@([^/\\s]+))?(?:/(\\S+\\.(?:onnx|tflite)))?/?$`);
const PAGE = new RegExp(
  `^https://huggingface\\.co/(${REPOSITORY})(?:/(?:blob|resolve|tree)/([^/?#]+)(?:/([^?#]+\\.(?:onnx|tflite)))?)?/?(?:\\?.*)?$`,
);

/** `owner/name[@revision][/path.onnx]`, or the address of a page of Hugging Face; undefined for anything else. */
export function parseHuggingFace(text: string): HuggingFaceName | undefined {
  const [, repository, revision = 'main', file] = SHORT.exec(text) ?? PAGE.exec(text) ?? [];
  if (repository === undefined) return undefined;
  return { repository, revision: decoded(revision), file: file && decoded(file) };
}

/** As addresses write it, and as `hf:` must where a "/" is in a revision; "%" may also be just that. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Fetches the graph of a repository with all that says something about it, pinned to one commit.
 * @throws ImportError
 */
export async function receiveFromHuggingFace(
  name: HuggingFaceName,
  network: Network,
  options: ReceiveOptions & { hub: Hub },
): Promise<SourceFiles> {
  const { dir, maxBytes, hub, signal, onProgress } = options;
  const { endpoint, token } = hub;
  const { repository } = name;
  // It goes to the endpoint; where that redirects to, `Network` leaves it out.
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const info = await readInfo(name, network, { ...options, headers });
  const graph = chooseGraph(info, name);
  const entry = path.posix.basename(graph.rfilename);
  // A picture tower that was named is wanted alone.
  const textTower =
    name.file === undefined
      ? info.siblings.find(({ rfilename }) => rfilename === textTowerOf(graph.rfilename))
      : undefined;
  const graphs = textTower === undefined ? [graph] : [graph, textTower];
  const hintFiles = findHintFiles(info, graph);
  let bytes = 0;
  let of = 0;
  const expect = (files: readonly RepositoryFile[]) => {
    of += files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    if (of <= maxBytes) return;
    throw new ImportError(
      'too_large',
      aboutSource('hub_too_large', {
        file: graph.rfilename,
        repository,
        size: formatBytes(of),
        max: formatBytes(maxBytes),
      }),
    );
  };
  /** @param name what it is called here, relative to `dir` */
  const fetchInto = async (file: RepositoryFile, name: string) => {
    const { rfilename } = file;
    onProgress?.(progress('downloads_from', { file: rfilename, repository }));
    assertSafePath(name);
    const target = path.join(dir, ...name.split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    const escaped = rfilename.split('/').map(encodeURIComponent).join('/');
    await download(new URL(`${endpoint}/${repository}/resolve/${info.sha}/${escaped}`), target, {
      network,
      headers,
      maxBytes: maxBytes - bytes,
      signal,
      onProgress,
      onBytes: (now) => options.onBytes?.(bytes + now, of || undefined),
    }).catch((error) => {
      throw explain(error, repository, token);
    });
    await assertIntegrity(target, file, repository);
    bytes += file.size ?? 0;
  };
  expect([...graphs, ...hintFiles]);
  const weights = new Map<string, RepositoryFile>();
  for (const one of graphs) {
    const file = path.posix.basename(one.rfilename);
    await fetchInto(one, file);
    for (const name of await weightsOf(path.join(dir, file))) {
      weights.set(name, findWeights(info, name, one, repository));
    }
  }
  expect([...weights.values()]);
  for (const [name, file] of weights) await fetchInto(file, name);
  // All next to the graph, where the importer reads them.
  for (const file of hintFiles) {
    const name = path.posix.basename(file.rfilename);
    if (!weights.has(name)) await fetchInto(file, name);
  }
  const license = licenseOf(info);
  return {
    description: `Hugging Face ${repository}, ${graph.rfilename} at ${info.sha.slice(0, 12)}`,
    dir,
    entry,
    hints: {
      name: repository.split('/')[1] ?? repository,
      ...(license !== undefined && { license }),
      integrity: await integrityOf(path.join(dir, entry)),
      addedFrom: `hf:${repository}@${info.sha}/${graph.rfilename}`,
      folders: [repository.split('/')[0] ?? repository],
    },
  };
}

async function readInfo(
  { repository, revision }: HuggingFaceName,
  network: Network,
  {
    dir,
    hub: { endpoint, token },
    signal,
    onProgress,
    headers,
  }: ReceiveOptions & { hub: Hub; headers: Record<string, string> },
): Promise<RepositoryInfo> {
  onProgress?.(progress('asks', { host: new URL(endpoint).host, repository }));
  const file = path.join(dir, 'repository.json');
  const url = new URL(
    `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`,
  );
  try {
    await download(url, file, { network, headers, maxBytes: MAX_INFO_BYTES, signal, onProgress });
  } catch (error) {
    throw explain(error, `${repository}@${revision}`, token);
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RepositoryInfo), await readFile(file, 'utf8'));
  await rm(file);
  if (parsed.success) return parsed.output;
  throw new ImportError('malformed_source', aboutSource('hub_unlike', { host: url.host }));
}

function explain(error: unknown, what: string, token: string | undefined): unknown {
  if (!(error instanceof ImportError)) return error;
  // It answers the same for what does not exist and for what is not public.
  if (error.code === 'forbidden_source' && /answers 40[13]/.test(error.message)) {
    return new ImportError(
      'forbidden_source',
      aboutSource(token === undefined ? 'hub_not_public' : 'hub_not_accepted', { what }),
      { cause: error },
    );
  }
  if (error.code === 'unknown_source') {
    return new ImportError('unknown_source', aboutSource('hub_nothing', { what }), { cause: error });
  }
  return error;
}

/** The one that is named, else the whole one: not the copies with smaller numbers. */
function chooseGraph({ siblings }: RepositoryInfo, { repository, file }: HuggingFaceName): RepositoryFile {
  const ofKind = (extension: string) => siblings.filter(({ rfilename }) => rfilename.endsWith(extension));
  const [onnx, lite] = [ofKind('.onnx'), ofKind('.tflite')];
  // Where both are, the .onnx files say more of themselves; a .tflite file can be named.
  const graphs = onnx.length > 0 && !file?.endsWith('.tflite') ? onnx : lite;
  const list = graphs
    .map(({ rfilename }) => rfilename)
    .slice(0, 12)
    .join(', ');
  if (graphs.length === 0) {
    throw new ImportError('unknown_source', aboutSource('hub_no_onnx', { repository }));
  }
  const find = (name: string) => graphs.find(({ rfilename }) => rfilename === name);
  if (file !== undefined) {
    const named = find(file);
    if (named) return named;
    throw new ImportError('unknown_source', aboutSource('hub_no_file', { repository, file, graphs: list }));
  }
  const usual = find('onnx/model.onnx') ?? find('model.onnx') ?? find('model.tflite');
  if (usual) return usual;
  const whole = graphs.filter(({ rfilename }) => !REDUCED.test(rfilename));
  const [only] = whole.length === 0 ? graphs : whole;
  if (only !== undefined && (whole.length === 1 || graphs.length === 1)) return only;
  const pictureTower = whole.find(({ rfilename }) => find(textTowerOf(rfilename) ?? '') !== undefined);
  if (pictureTower !== undefined && whole.length === 2) return pictureTower;
  throw new ImportError(
    'unknown_source',
    aboutSource('hub_several', { repository, first: graphs[0]?.rfilename ?? '', graphs: list }),
  );
}

/** A file that the graph keeps weights in, by the name that the graph has for it. @throws ImportError */
function findWeights(
  { siblings }: RepositoryInfo,
  name: string,
  { rfilename }: RepositoryFile,
  repository: string,
): RepositoryFile {
  const wanted = path.posix.join(path.posix.dirname(rfilename), name);
  const found = siblings.find((file) => file.rfilename === wanted);
  if (found) return found;
  throw new ImportError(
    'unknown_source',
    aboutSource('hub_no_weights', { file: rfilename, weights: name, repository, wanted }),
  );
}

/** Those in the graph's folder go before those at the top. */
function findHintFiles({ siblings }: RepositoryInfo, { rfilename }: RepositoryFile): RepositoryFile[] {
  const found = new Map<string, RepositoryFile>();
  for (const from of ['.', path.posix.dirname(rfilename)]) {
    const here = siblings.filter((file) => path.posix.dirname(file.rfilename) === from);
    const byName = new Map(here.map((file) => [path.posix.basename(file.rfilename), file]));
    for (const name of hintFilesOf([...byName.keys()], path.posix.basename(rfilename))) {
      const file = byName.get(name);
      if (file && (file.size ?? 0) <= maxHintBytes(name)) found.set(name, file);
    }
  }
  return [...found.values()];
}

async function assertIntegrity(
  target: string,
  { rfilename, lfs }: RepositoryFile,
  repository: string,
): Promise<void> {
  const expected = lfs?.sha256;
  if (!expected) return;
  const found = await sha256Of(target);
  if (found === expected) return;
  throw new ImportError(
    'integrity_mismatch',
    aboutSource('hub_hash', { file: rfilename, repository, expected, found }),
  );
}

const SPDX: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  mit: 'MIT',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'gpl-3.0': 'GPL-3.0-only',
  'agpl-3.0': 'AGPL-3.0-only',
  'lgpl-3.0': 'LGPL-3.0-only',
  'cc0-1.0': 'CC0-1.0',
  unlicense: 'Unlicense',
};

/** Model cards use the hub's own names. */
function licenseOf({ cardData }: RepositoryInfo): string | undefined {
  const [name] = [cardData?.license ?? []].flat();
  if (name === undefined || name === 'unknown' || name === 'other') return undefined;
  if (name.startsWith('cc-by')) return name.toUpperCase();
  return SPDX[name] ?? `LicenseRef-${name}`;
}
