import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, repositoryFiles } from './repositoryFiles.ts';

const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');
const files = await repositoryFiles();
const folders = new Set(
  files.flatMap((file) => file.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))),
);
const topFolders = new Set([...folders].filter((folder) => folder !== '' && !folder.includes('/')));
const baseNames = new Set(files.map((file) => path.posix.basename(file)));
const pages = files.filter((file) => /\.md$|^llms\.txt$/.test(file) && !file.startsWith('client/'));

/** Paths that only a build or a run makes. */
const MADE = new Set(['dist', 'models/.incoming']);

/** The headings' anchors, as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const exists = (file: string) => files.includes(file) || folders.has(file.replace(/\/$/, ''));

/** Whether what stands in backticks is meant as a path of this repository. */
function namedPath(code: string): string | undefined {
  if (!/^[\w.@-]+(\/[\w.@-]+)*\/?$/.test(code)) return undefined;
  const isBelow = code.includes('/') && topFolders.has(code.split('/')[0] ?? '');
  const isSource = /^[\w.-]+\.tsx?$/.test(code);
  return isBelow || isSource ? code.replace(/\/$/, '') : undefined;
}

describe('docs', () => {
  it('link to files and headings that exist', async () => {
    for (const page of pages) {
      const text = await read(page);
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const linked =
          file === '' ? page : path.posix.normalize(path.posix.join(path.posix.dirname(page), file));
        assert.ok(exists(linked), `${page} links to ${target}`);
        if (anchor !== undefined) {
          assert.ok(anchorsOf(await read(linked)).has(anchor), `${page} links to ${target}: no such heading`);
        }
      }
    }
  });

  it('name files and folders that exist', async () => {
    const ours = pages.filter((page) => !['CHANGELOG.md', 'HISTORY.md'].includes(page));
    for (const page of ours.filter((name) => !name.startsWith('models/') && !name.startsWith('findings/'))) {
      for (const [, code = ''] of (await read(page)).matchAll(/`([^`\n]+)`/g)) {
        const named = namedPath(code);
        if (named === undefined || [...MADE].some((made) => named.startsWith(made))) continue;
        const isThere = exists(named) || baseNames.has(named);
        assert.ok(isThere, `${page} names \`${code}\``);
      }
    }
  });

  it('are short at the front door', async () => {
    const lines = async (file: string) => (await read(file)).trimEnd().split('\n').length;
    assert.ok((await lines('README.md')) <= 110, `README.md: ${await lines('README.md')} lines, at most 110`);
    assert.ok((await lines('ARCHITECTURE.md')) <= 150, `ARCHITECTURE.md: at most 150 lines`);
  });

  it('show a client in README that is the one of examples/page.ts', async () => {
    const example = await read('examples/page.ts');
    const [, client = ''] = /```js\n(.*?)```/s.exec(await read('README.md')) ?? [];
    const lines = client.trim().split('\n').slice(1, -1);
    assert.equal(lines.length, 11);
    for (const line of lines.filter(
      (one) => !/^const stream|^stream\.onLabels|^ {2}stream\.send/.test(one),
    )) {
      assert.ok(example.includes(line), `examples/page.ts has no line "${line}"`);
    }
  });
});
