import assert from 'node:assert/strict';
import test from 'node:test';
import { findCycle, importsOf } from './imports.ts';
import { importsBetween, layerOf, parseLayers, readLayers, readProductImports } from './layers.ts';

const HOW =
  'Move what is shared down, or, where the layer is right, run "node --import tsx scripts/layers.ts" and put its table into ARCHITECTURE.md.';

const layers = await readLayers();
const imports = await readProductImports();
const between = importsBetween(layers, imports);

test('L1: each file of the product belongs to a row of the table of layers', () => {
  const files = new Set(imports.flatMap(({ from, to, isPackage }) => (isPackage ? [from] : [from, to])));
  assert.deepEqual(
    [...files].filter((file) => layerOf(file, layers) === undefined),
    [],
  );
});

test('L2: a folder imports what the table of layers says, and nothing else', () => {
  for (const { folder, imports: allowed } of layers) {
    const found = [...(between.get(folder) ?? [])];
    const strange = found
      .filter(([to]) => !allowed.includes(to))
      .map(([, one]) => `${one.from} imports ${one.to}`);
    assert.deepEqual(strange, [], HOW);
    const unused = allowed.filter((to) => !found.some(([name]) => name === to));
    assert.deepEqual(unused, [], `${folder} no longer imports these. ${HOW}`);
  }
});

test('L3: no folder imports itself by way of others, types included', () => {
  const edges = new Map([...between].map(([from, targets]) => [from, new Set(targets.keys())]));
  assert.equal(findCycle(edges)?.join(' -> '), undefined, HOW);
});

test('L4: no file imports itself by way of others, apart from types', () => {
  const edges = new Map<string, Set<string>>();
  for (const { from, to, isPackage, isType, isStart } of imports) {
    if (isPackage || isType || isStart) continue;
    edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  assert.equal(findCycle(edges)?.join(' -> '), undefined);
});

/** Each is behind one narrow interface. */
const HEAVY: Readonly<Record<string, readonly string[]>> = {
  ws: ['server/session/sockets.ts'],
  'prom-client': ['server/telemetry/metrics.ts'],
  pino: ['server/telemetry/log.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['server/telemetry/otlp.ts'],
  yauzl: ['server/import/sources/zip.ts'],
  '@fastify/busboy': ['server/http/form.ts'],
  // Its routes import a type, and the library itself at the first request.
  '@modelcontextprotocol/server': ['server/http/mcp/mcpRoutes.ts', 'server/http/mcp/tools.ts'],
  next: ['server/nextDevelopment.ts'],
  pkijs: ['server/lan/makeCertificate.ts'],
  serwist: ['app/offline/sw.ts'],
  jose: ['server/access/signedTokens.ts'],
  yaml: ['server/cli/deploy/parse.ts', 'server/config/settingsFile.ts', 'vision/labels/readLabels.ts'],
};

for (const [name, files] of Object.entries(HEAVY)) {
  test(`L5: ${name} is imported by ${files.join(', ')} only, apart from types`, () => {
    const found = imports.filter(({ to, isPackage, isType }) => isPackage && !isType && to === name);
    assert.deepEqual([...new Set(found.map(({ from }) => from))], files);
  });
}

test('the reader of imports finds static, dynamic, type and worker imports, and cycles', () => {
  const source = `import type { A } from './a.ts';
import sharp from 'sharp';
export * from '../b/c.ts';
const d = await import('./d.ts');
new Worker(new URL('./e.worker.ts', import.meta.url));`;
  assert.deepEqual(
    importsOf('x/y.ts', source).map(({ to, isType }) => `${to} ${isType}`),
    ['x/a.ts true', 'sharp false', 'b/c.ts false', 'x/d.ts false', 'x/e.worker.ts false'],
  );
  assert.deepEqual(
    findCycle(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['a'])],
      ]),
    ),
    ['a', 'b', 'a'],
  );
  const table = '| folder | holds | imports |\n| --- | --- | --- |\n| `a/` | x | `b/`, yaml |\n\nEnd';
  assert.deepEqual(parseLayers(table), [{ folder: 'a/', holds: 'x', imports: ['b/'] }]);
});
