import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { Manifest } from '../../vision/manifest.ts';

/** @throws Error that names the file and the field that is wrong in it */
export async function readManifest(file: string): Promise<Manifest> {
  return parseManifest(await readFile(file, 'utf8'), file);
}

/** @param file named in errors */
export function parseManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file}: this is not JSON.`);
  }
  const parsed = v.safeParse(Manifest, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${file}: "${v.getDotPath(issue)}": ${issue.message}`);
}

/** The labels that a manifest names, by line; none where it names no file. `dir`: what its paths start from. */
export async function readLabels(dir: string, { labels }: Pick<Manifest, 'labels'>): Promise<string[]> {
  if (labels === undefined) return [];
  return (await readFile(path.join(dir, labels), 'utf8')).trimEnd().split(/\r?\n/);
}
