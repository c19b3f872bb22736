import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Something that has a docstring, and the examples in it. */
export interface Documented {
  /** Such as `Stream.send`. */
  name: string;
  examples: string[];
}

const DECLARATION =
  /\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\n(?<indent> *)(?:readonly )?(?:export )?(?:function |class |type |get )?(?<name>\w+)\b/g;
const OWNER = /export (?:interface|class) (\w+)/g;

/** All that has a docstring, in the sources of the client. */
export async function documentedIn(folder: string): Promise<Documented[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(({ name }) => /\.tsx?$/.test(name) && !/\.(test|d)\.ts$/.test(name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const found = await Promise.all(files.map(async (file) => documentedOf(await readFile(file, 'utf8'))));
  return found.flat();
}

function documentedOf(source: string): Documented[] {
  const owners = [...source.matchAll(OWNER)].map(({ index, 1: name }) => ({ index, name }));
  return [...source.matchAll(DECLARATION)].map(({ index, groups }) => {
    const { doc = '', indent = '', name = '' } = groups ?? {};
    const owner = indent === '' ? undefined : owners.findLast((one) => one.index < index)?.name;
    return { name: owner === undefined ? name : `${owner}.${name}`, examples: examplesOf(doc) };
  });
}

function examplesOf(doc: string): string[] {
  const lines = doc.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
  return lines
    .join('\n')
    .split(/^@/m)
    .filter((part) => part.startsWith('example'))
    .map((part) => part.slice('example'.length).trim());
}

/** The code blocks of a Markdown file. */
export const codeBlocks = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);
