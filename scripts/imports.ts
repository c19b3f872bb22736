import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

/** One file's use of another file or of a package. */
export interface Import {
  /** Path of the file that imports, from the root, with forward slashes. */
  readonly from: string;
  /** Path of the file, or name of the package without what lies in it. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Nothing is left of it when the program runs. */
  readonly isType: boolean;
  /** A worker or a process is started with the file: nothing of it is loaded here. */
  readonly isStart?: true;
}

/** What only tests reach, by the names that files for tests have; and AssemblyScript, which another compiler reads. */
const NO_PRODUCT =
  /\.test\.tsx?$|(ForTests|Fixtures|Contract|Harness)\.tsx?$|(^|\/)(testing|fixtures|assembly|node_modules|dist)\//;

/** Names of files that are given to a worker or a process: `new URL('./main.ts', import.meta.url)`. */
const FILE_URL = /new URL\(([^;]*?)import\.meta\.url/g;

/** The product's own files in `folders`, as paths from `root`. */
export async function productFiles(root: string, folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(path.join(root, folder), { recursive: true }).catch((): string[] => []);
      return entries.map((entry) => path.posix.join(folder, entry.replaceAll('\\', '/')));
    }),
  );
  return found
    .flat()
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts') && !NO_PRODUCT.test(file))
    .sort();
}

/** All imports of `files`: static and dynamic ones, and files that workers and processes are started with. */
export async function readImports(root: string, files: readonly string[]): Promise<Import[]> {
  const read = files.map(async (file) => importsOf(file, await readFile(path.join(root, file), 'utf8')));
  return (await Promise.all(read)).flat();
}

/** @param file its path from the root: what it imports is relative to it */
export function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const textOf = ({ start, end }: { start: number; end: number }) => source.slice(start, end);
  const named = (specifier: string, isType: boolean): Import[] => {
    if (specifier.startsWith('node:')) return [];
    if (specifier.startsWith('.')) {
      const to = path.posix.join(path.posix.dirname(file), specifier);
      return /\.tsx?$/.test(to) ? [{ from: file, to, isPackage: false, isType }] : [];
    }
    const [scope = '', name = ''] = specifier.split('/');
    return [{ from: file, to: scope.startsWith('@') ? `${scope}/${name}` : scope, isPackage: true, isType }];
  };
  const areTypes = (entries: readonly { isType: boolean }[]) =>
    entries.length > 0 && entries.every(({ isType }) => isType);
  const quoted = (text: string) => [...text.matchAll(/'(\.[^']*)'/g)].map(([, specifier = '']) => specifier);
  return [
    ...module.staticImports.flatMap(({ moduleRequest, entries }) =>
      named(moduleRequest.value, areTypes(entries)),
    ),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest ? named(moduleRequest.value, isType) : [],
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const [, specifier] = /^['"](.+)['"]$/.exec(textOf(moduleRequest)) ?? [];
      return specifier === undefined ? [] : named(specifier, false);
    }),
    ...[...source.matchAll(FILE_URL)].flatMap(([, given = '']) =>
      quoted(given).flatMap((specifier) =>
        named(specifier, false).map((one) => ({ ...one, isStart: true as const })),
      ),
    ),
  ];
}

/** A way along `edges` that comes back to where it began, or undefined where there is none. */
export function findCycle(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string[] | undefined => {
    const at = way.indexOf(node);
    if (at >= 0) return [...way.slice(at), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const found = visit(next, [...way, node]);
      if (found) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const found = visit(node, []);
    if (found) return found;
  }
  return undefined;
}
