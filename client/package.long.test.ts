import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { testServer } from '../server/testing/testServer.ts';
import * as client from './index.ts';
import { codeBlocks, documentedIn } from './testing/examples.ts';
import { type PackedClient, packClient, ROOT } from './testing/packedClient.ts';

/** Of the whole client and the protocol, minified and gzipped, without its schema library. */
const MAX_GZIPPED_BYTES = 12_800;

let packed: PackedClient;
before(async () => {
  packed = await packClient();
});
after(() => packed.remove());

const inApp = (name: string) => path.join(packed.app, name);
const readme = async () => readFile(path.join(ROOT, 'client/README.md'), 'utf8');

test('the package has modules, declarations, README and licence, and nothing else', () => {
  const others = packed.files.filter(
    (file) => !/^dist\/(client|protocol|vision|app\/(capture|overlay))\/[\w/]+\.(js|d\.ts)$/.test(file),
  );
  assert.deepEqual(others.sort(), ['LICENSE', 'README.md', 'package.json']);
});

test('it depends on the versions that the server uses, and cannot be published by mistake', async () => {
  const own = JSON.parse(await readFile(inApp('node_modules/livelens-client/package.json'), 'utf8'));
  const root = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(own.dependencies))
    assert.equal(version, root.dependencies[name]);
  assert.equal(own.version, root.version);
  assert.equal(own.engines.node, root.engines.node);
  assert.equal(own.private, true);
});

test('the program for Node in README asks a real server, over HTTP and over a stream', async (t) => {
  const server = await testServer(t);
  const program = codeBlocks(await readme(), 'js').find((code) => code.includes('LIVELENS_URL'));
  assert.ok(program);
  await writeFile(inApp('app.js'), program);
  await copyFile(path.join(ROOT, 'e2e/media/cat.png'), inApp('cat.jpg'));
  const output = await packed.node(['app.js'], { LIVELENS_URL: server.url });
  assert.equal(output, 'HTTP: cat\nStream: cat\n');
});

async function bundle(source: string, external: string[] = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: packed.app },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const [{ contents }] = outputFiles as [(typeof outputFiles)[number]];
  return { contents, imports: Object.values(metafile.inputs).flatMap(({ imports }) => imports) };
}

test('a bundle for browsers needs nothing of Node, and has the size that was promised', async (t) => {
  const { imports } = await bundle("export * from 'livelens-client';");
  const isNode = ({ path: name }: { path: string }) =>
    name.startsWith('node:') || builtinModules.includes(name);
  assert.deepEqual(imports.filter(isNode), []);
  // The camera and React are entries of their own: an app that does not import them gets nothing of them.
  assert.ok(!imports.some(({ path: name }) => /react|\/app\/|\/vision\//.test(name)));
  const { contents } = await bundle("export * from 'livelens-client';", ['valibot']);
  const bytes = gzipSync(contents, { level: 9 }).byteLength;
  t.diagnostic(`${bytes} bytes gzipped`);
  assert.ok(bytes <= MAX_GZIPPED_BYTES, `${bytes} bytes`);
});

test('an app that only streams does not pay for the HTTP client', async () => {
  const all = await bundle("export * from 'livelens-client';");
  const some = await bundle("export { openStream } from 'livelens-client';");
  assert.ok(some.contents.byteLength < all.contents.byteLength - 5_000);
});

/** What examples may use without saying where it comes from. */
const AROUND = `
import { openAsBlob } from 'node:fs';
import { createHttpClient, createStream, openStream, splitAge, ClientError } from 'livelens-client';
import type { HttpClient, ImportState, Stream, Transport } from 'livelens-client';
declare const stream: Stream;
declare const http: HttpClient;
declare const started: ImportState;
declare const id: string;
declare const code: string;
declare const photo: Blob;
declare function takePicture(): Promise<Uint8Array>;
`;

test('every public function and method has an example, and all examples compile for a stranger', async () => {
  const url = 'http://127.0.0.1:9';
  const http = client.createHttpClient({ url });
  const methods = (name: string, of: object) =>
    Object.entries(of).flatMap(([key, value]) => (typeof value === 'function' ? [`${name}.${key}`] : []));
  const needed = [
    ...Object.entries(client).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
    ...methods('Stream', client.createStream({ url })),
    ...methods('HttpClient', http),
    ...methods('ImportsClient', http.imports),
  ];
  assert.ok(needed.length >= 30, String(needed));
  const documented = await documentedIn(path.join(ROOT, 'client'));
  const withExample = documented.filter(({ examples }) => examples.length > 0);
  const names = withExample.map(({ name }) => name);
  assert.deepEqual(
    needed.filter((name) => !names.includes(name)),
    [],
  );

  const examples = withExample.flatMap((one) => one.examples);
  for (const [index, example] of examples.entries()) {
    const imports = example.match(/^import .*$/gm) ?? [];
    const body = example.replaceAll(/^import .*$/gm, '');
    // Names that an example imports itself are not given.
    const around = AROUND.split('\n').map((line) => {
      const own = imports.join().match(/\w+/g) ?? [];
      return line.startsWith('import {') ? line.replace(/\{.*\}/, (list) => without(list, own)) : line;
    });
    const file = [...around, ...imports, 'export async function example() {', body, '}'].join('\n');
    await writeFile(inApp(`example${index}.${example.includes('/>') ? 'tsx' : 'ts'}`), file);
  }
  for (const [module, moduleResolution] of [
    ['ESNext', 'Bundler'],
    ['NodeNext', 'NodeNext'],
  ] as const) {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'ES2022',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      jsx: 'react-jsx',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // The declarations of the package are checked too.
      skipLibCheck: false,
      noEmit: true,
    };
    await writeFile(inApp('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['example*'] }));
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    await packed.node([tsc, '-p', '.']).catch((error: { stdout?: string }) => {
      assert.fail(`with ${moduleResolution}:\n${error.stdout}`);
    });
  }
});

const without = (list: string, names: readonly string[]): string =>
  `{ ${(list.match(/\w+/g) ?? []).filter((name) => !names.includes(name)).join(', ')} }`;
