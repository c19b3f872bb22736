import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Import, productFiles, readImports } from './imports.ts';

/**
 * The table of layers in ARCHITECTURE.md: which folder may import which. Run as a program it prints the table as the
 * imports are, for ARCHITECTURE.md; `scripts/layers.test.ts` compares the two.
 */

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['protocol', 'vision', 'client', 'server', 'app'];
const HEAD = '| folder | holds | imports |';

/** A row of the table. It is about all files below `folder` but those of a longer row. */
export interface Layer {
  /** With a slash at its end. */
  readonly folder: string;
  readonly holds: string;
  /** Folders of other rows. */
  readonly imports: readonly string[];
}

export async function readLayers(): Promise<Layer[]> {
  return parseLayers(await readFile(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8'));
}

/** @throws Error where there is no such table */
export function parseLayers(markdown: string): Layer[] {
  const [, table] = markdown.split(`${HEAD}\n`);
  if (table === undefined) throw new Error(`ARCHITECTURE.md has no table with the head "${HEAD}".`);
  const rows = table.split('\n').slice(1);
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end < 0 ? undefined : end).map((row) => {
    const [folder = '', holds = '', imports = ''] = row.split('|').slice(1, -1);
    return { folder: foldersIn(folder)[0] ?? '', holds: holds.trim(), imports: foldersIn(imports) };
  });
}

const foldersIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+\/)`/g)].map(([, folder = '']) => folder);

/** The row that a file belongs to. */
export function layerOf(file: string, layers: readonly Pick<Layer, 'folder'>[]): string | undefined {
  return layers
    .map(({ folder }) => folder)
    .filter((folder) => folder !== '' && file.startsWith(folder))
    .sort((a, b) => b.length - a.length)[0];
}

export const readProductImports = async (): Promise<Import[]> =>
  readImports(ROOT, await productFiles(ROOT, FOLDERS));

/** What each row imports of others, types included, with one file as an example. */
export function importsBetween(
  layers: readonly Pick<Layer, 'folder'>[],
  imports: readonly Import[],
): Map<string, Map<string, Import>> {
  const found = new Map(layers.map(({ folder }) => [folder, new Map<string, Import>()]));
  for (const one of imports) {
    if (one.isPackage) continue;
    const from = layerOf(one.from, layers);
    const to = layerOf(one.to, layers);
    if (from !== undefined && to !== undefined && from !== to) found.get(from)?.set(to, one);
  }
  return found;
}

const OWN_ROW = /^(server|app)\/|^client\/(camera|react|element)\//;

/** A row for each folder at the top, below `server/` and `app/`, and below `app/panels/`; and for what has a page in the client. */
function rowsOf(files: readonly string[]): { folder: string }[] {
  const depthOf = (file: string) => (/^app\/panels\//.test(file) ? 3 : OWN_ROW.test(file) ? 2 : 1);
  const folders = files.map((file) => {
    const parts = path.posix.dirname(file).split('/');
    return `${parts.slice(0, depthOf(file)).join('/')}/`;
  });
  return [...new Set(folders)].map((folder) => ({ folder }));
}

/** Rows after all that they import, as far as that can be. */
function inOrder(rows: Map<string, Map<string, Import>>): string[] {
  const order: string[] = [];
  const visit = (folder: string) => {
    if (seen.has(folder)) return;
    seen.add(folder);
    for (const next of [...(rows.get(folder)?.keys() ?? [])].sort()) visit(next);
    order.push(folder);
  };
  const seen = new Set<string>();
  for (const folder of [...rows.keys()].sort()) visit(folder);
  return order;
}

async function print(): Promise<void> {
  const files = await productFiles(ROOT, FOLDERS);
  const rows = rowsOf(files);
  const between = importsBetween(rows, await readImports(ROOT, files));
  const before = new Map((await readLayers()).map((layer) => [layer.folder, layer.holds]));
  console.log(`${HEAD}\n| --- | --- | --- |`);
  for (const folder of inOrder(between)) {
    const imports = [...(between.get(folder)?.keys() ?? [])].sort().map((name) => `\`${name}\``);
    console.log(`| \`${folder}\` | ${before.get(folder) ?? '…'} | ${imports.join(', ')} |`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await print();
