import assert from 'node:assert/strict';
import test from 'node:test';
import type { Metafile } from 'esbuild';
import { buildServer } from './buildServer.ts';
import { packageOf } from './packageOf.ts';

const HOW =
  'Each package costs time at every start. Import it when it is needed first, as server/http/mcp/mcpRoutes.ts does; or add it here.';

/** What each start of the server loads, with what these packages bring along. */
const OF_SERVER = [
  ...['@hono/node-server', 'hono', 'ipaddr.js', 'pino', 'prom-client', 'valibot', 'ws', 'yaml'],
  // Of pino.
  ...['@pinojs/redact', 'atomic-sleep', 'on-exit-leak-free', 'pino-std-serializers'],
  ...['quick-format-unescaped', 'safe-stable-stringify', 'sonic-boom', 'thread-stream'],
  // Of prom-client.
  ...['@opentelemetry/api', 'bintrees', 'tdigest'],
];

const OF_WORKER = [
  // onnxruntime-node comes by import(), since where it has no library another takes its place.
  ...['sharp', 'valibot'],
  // Of sharp.
  ...['@img/colour', 'detect-libc', 'semver'],
];

/** Packages that a built file loads as soon as it is started; not what it imports later, by `import()`. */
function loadedAtStart({ outputs }: Metafile, entry: string): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const output = outputs[file];
    if (output === undefined) return;
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0) packages.add(packageOf(input) ?? '');
    }
    for (const { path, kind, external } of output.imports) {
      if (kind !== 'import-statement') continue;
      if (!external) visit(path);
      else if (!path.startsWith('node:')) packages.add(packageOf(`node_modules/${path}`) ?? '');
    }
  };
  visit(entry);
  return [...packages].filter((name) => name !== '').sort();
}

const { main, others } = await buildServer({ write: false });

test('the server loads at its start the packages that every server needs, and no others', () => {
  assert.deepEqual(loadedAtStart(main, 'dist/server/main.js'), OF_SERVER.toSorted(), HOW);
});

test('a worker loads at its start what decodes pictures and runs models, and nothing else', () => {
  assert.deepEqual(loadedAtStart(others, 'dist/server/worker.js'), OF_WORKER.toSorted(), HOW);
});

test('the sockets of the built server take the native unmasking, where there is one', () => {
  const imports = Object.values(main.outputs).flatMap((output) => output.imports);
  assert.deepEqual(
    imports.filter(({ path }) => path === 'bufferutil'),
    [{ path: 'bufferutil', kind: 'require-call', external: true }],
  );
});
