import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { LivelensServer } from '../../server.ts';
import { photo } from '../../testing/media.ts';
import { modelsDirectory } from '../../testing/modelFixtures.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../../testing/testServer.ts';

type Media = { schema?: object };
type Answer = { content?: Record<string, Media> };
type Described = { responses: Record<string, Answer | { $ref: string }> };
interface Description {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { responses: Record<string, Answer> };
}

const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
let description: Description;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
before(async () => {
  const t = { after: (close: () => Promise<void>) => void closers.unshift(close) };
  // A folder of its own: collections of taught things lie in it.
  const modelsDir = await modelsDirectory(t);
  await cp('models/things', path.join(modelsDir, 'things'), { recursive: true });
  server = await testServer(t, {
    ...ONE_WORKER,
    modelsDir,
    adminToken: ADMIN_TOKEN,
    token: 'a token of clients',
  });
  description = await (await fetch(`${server.url}/openapi.json`)).json();
  ajv.addSchema(description, 'api');
});
after(async () => {
  for (const close of closers) await close();
});

/** Where something stands in the description, as a JSON pointer. */
const pointer = (...parts: string[]) =>
  `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

const AS_CLIENT = { Authorization: 'Bearer a token of clients' };

interface Asked {
  status: number;
  /** Default: that of clients. */
  headers?: Record<string, string>;
  body?: BodyInit;
  query?: string;
  params?: Record<string, string>;
}

const answered = new Map<string, { success?: true; error?: true }>();

/** Asks the real server, and compares its answer with what the description says of that route and status. */
async function ask(route: string, { status, headers = AS_CLIENT, body, query = '', params = {} }: Asked) {
  const [method = '', path = ''] = route.split(' ');
  const asked = path.replaceAll(/\{(\w+)\}/g, (_, name) => params[name] ?? assert.fail(`${name} is missing`));
  const response = await fetch(server.url + asked + query, {
    method: method.toUpperCase(),
    headers,
    ...(body !== undefined && { body }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, status, bytes.toString('utf8').slice(0, 300));
  const described = description.paths[path]?.[method];
  assert.ok(described, `${route} is not described`);
  const given = described.responses[status];
  const shared = given && '$ref' in given ? given.$ref.replace(/^.*\//, '') : undefined;
  const answer = shared === undefined ? (given as Answer) : description.components.responses[shared];
  assert.ok(
    answer,
    `${route} does not say that it answers ${status}: ${bytes.toString('utf8').slice(0, 300)}`,
  );
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (answer.content === undefined) assert.equal(bytes.byteLength, 0, `${route} answers with a body`);
  else assert.ok(type in answer.content, `${route} answers with ${type}`);
  const json = type === 'application/json' ? JSON.parse(bytes.toString('utf8')) : undefined;
  if (json !== undefined) {
    const at =
      shared === undefined
        ? pointer('paths', path, method, 'responses', String(status))
        : pointer('components', 'responses', shared);
    const validate = ajv.getSchema(`${at}/content/application~1json/schema`);
    assert.ok(validate, `${route} has no schema for ${status}`);
    assert.ok(validate(json), `${route} ${status}: ${ajv.errorsText(validate.errors)}`);
  }
  const seen = { ...answered.get(route), ...(status < 400 ? { success: true } : { error: true }) };
  answered.set(route, seen as { success?: true; error?: true });
  return json;
}

const post = (value: unknown) => JSON.stringify(value);

/** A path has parameters, too. */
const methodsOf = (path: object) => Object.keys(path).filter((key) => key !== 'parameters');

test('the description is valid OpenAPI 3.1, and leads below the server’s path', async () => {
  const result = await new Validator().validate(
    structuredClone(description) as unknown as Record<string, unknown>,
  );
  assert.equal(result.valid, true, JSON.stringify(result.errors)?.slice(0, 500));
  assert.match(description.openapi, /^3\.1\./);
  // Whatever is in many places stands there once.
  const bytes = JSON.stringify(description).length;
  assert.ok(bytes < 77_000, `${bytes} bytes`);
  const [first] = description.servers;
  assert.ok(first);
  const predict = `${first.url}/v1/predict`;
  const base = 'https://host.example/lens/openapi.json';
  assert.equal(new URL(predict, base).href, 'https://host.example/lens/v1/predict');
});

test('it holds all routes of docs/api.md and of the protocol, and no others', async () => {
  const docs = (await readFile('docs/api.md', 'utf8')).split('\n').filter((line) => line.startsWith('| `'));
  const folders = ['models', 'lan', 'access', 'things'].map((name) =>
    readFile(`protocol/${name}.ts`, 'utf8'),
  );
  const comments = (await Promise.all(folders)).flatMap((text) => text.split('\n'));
  const routesIn = (lines: readonly string[]) =>
    lines.flatMap((line) =>
      [...line.matchAll(/(?:^ \* +|`)(GET|POST|PATCH|DELETE) +(\/[\w/.-]*)/g)].map(
        ([, method = '', path = '']) =>
          `${method.toLowerCase()} ${path}`
            .replaceAll('/imports/ID', '/imports/{id}')
            .replaceAll('ID', '{id}'),
      ),
    );
  const named = [...routesIn(docs.flatMap((line) => line.split('|').slice(1, 2))), ...routesIn(comments)]
    .map((route) => route.replaceAll('SHA256', '{sha256}').replaceAll('{{id}}', '{id}'))
    .map((route) => route.replaceAll('THING', '{thing}').replaceAll('SAMPLE', '{sample}'))
    // WebSockets, another protocol, and files for a person.
    .filter((route) => !/\/v1\/stream$|\/mcp$|\/authority\.|\/openapi\.json$|\/live-lens\.js$/.test(route));
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    methodsOf(methods).map((method) => `${method} ${path}`),
  );
  assert.deepEqual([...new Set(named)].sort(), described.sort());
});

test('predict', async () => {
  const route = 'post /v1/predict';
  const { labels } = await ask(route, { status: 200, body: await photo('cat.png') });
  assert.equal(labels[0].label, 'cat');
  const form = new FormData();
  form.set('image', new Blob([await photo('cat.png')]));
  await ask(route, { status: 200, body: form });
  await ask(route, { status: 200, body: await photo('cat.png'), query: '?thorough=1' });
  await ask(route, { status: 200, body: await photo('cat.png'), query: '?model=codes' });
  await ask(route, { status: 400, query: '?minScore=high' });
  await ask(route, { status: 401, headers: {} });
  await ask(route, { status: 403, headers: { Origin: 'https://other.example' } });
  await ask(route, { status: 404, query: '?model=none' });
  await ask(route, { status: 415, body: 'no picture' });
});

test('the clock and the link', async () => {
  await ask('get /v1/time', { status: 200 });
  await ask('get /v1/time', { status: 401, headers: {} });
  await ask('get /v1/bandwidth', { status: 200, query: '?bytes=10' });
  await ask('get /v1/bandwidth', { status: 400, query: '?bytes=none' });
  await ask('post /v1/bandwidth', { status: 200, body: 'bytes' });
  await ask('post /v1/bandwidth', { status: 401, body: 'bytes', headers: {} });
});

test('models, and what devices get of them', async () => {
  await ask('get /v1/models', { status: 200 });
  await ask('get /v1/models', { status: 401, headers: {} });
  const params = { id: 'coco-ssd' };
  await ask('get /v1/models/{id}/manifest', { status: 200, params });
  await ask('get /v1/models/{id}/manifest', { status: 404, params: { id: 'none' } });
  const { graph, manifest } = await ask('get /v1/models/{id}/device', { status: 200, params });
  assert.equal(manifest.id, 'coco-ssd');
  await ask('get /v1/models/{id}/device', { status: 404, params: { id: 'none' } });
  const file = { ...params, sha256: graph.sha256 };
  const route = 'get /v1/models/{id}/files/{sha256}';
  await ask(route, { status: 200, params: file });
  await ask(route, { status: 206, params: file, headers: { ...AS_CLIENT, Range: 'bytes=0-9' } });
  await ask(route, { status: 404, params: { ...params, sha256: '0'.repeat(64) } });
});

test('taught things', async () => {
  const params = { id: 'mine', sample: 'none', thing: 'none' };
  const asAdmin = { params, headers: AS_ADMIN };
  const samples = 'post /v1/things/{id}/samples';
  const image = await photo('cat.png');
  const query = '?name=other&visibility=link';
  const other = await ask('post /v1/things', { status: 201, headers: AS_ADMIN, query });
  await ask('post /v1/things', { status: 400, headers: AS_ADMIN });
  await ask(samples, { status: 403, params, body: image, query: '?name=cat' });
  await ask(samples, { ...asAdmin, status: 415, body: 'no picture', query: '?name=cat' });
  const { sample, thing } = await ask(samples, { ...asAdmin, status: 201, body: image, query: '?name=cat' });
  const added = { ...asAdmin, params: { id: 'mine', sample, thing: thing.id } };
  await ask('get /v1/things', { status: 200 });
  await ask('get /v1/things', { status: 401, headers: {} });
  for (const route of ['get /v1/things/{id}', 'get /v1/things/{id}/head']) {
    await ask(route, { status: 200, params });
    await ask(route, { status: 404, params: { id: 'none' } });
  }
  const exported = 'get /v1/things/{id}/export';
  await ask(exported, { status: 200, params });
  await ask(exported, { status: 400, params, query: '?as=gif' });
  await ask(exported, { status: 404, params: { id: 'none' } });
  const zip = await fetch(`${server.url}/v1/things/mine/export`, { headers: AS_ADMIN });
  const bring = { body: new Uint8Array(await zip.arrayBuffer()), headers: AS_ADMIN };
  await ask('post /v1/things/import', { ...bring, status: 201, query: '?name=again' });
  await ask('post /v1/things/import', { ...bring, status: 409, query: '?name=again' });
  await ask('post /v1/things/import', { ...bring, status: 400, body: 'no zip' });
  await ask('post /v1/things/import', { ...bring, status: 403, headers: AS_CLIENT });
  const picture = 'get /v1/things/{id}/samples/{sample}';
  await ask(picture, { ...added, status: 200 });
  await ask(picture, { ...asAdmin, status: 404 });
  const move = 'post /v1/things/{id}/samples/{sample}/move';
  await ask(move, { ...added, status: 200, body: post({ nothing: true }) });
  await ask(move, { ...added, status: 400, body: '{}' });
  await ask('post /v1/things/{id}/undo', { ...asAdmin, status: 200 });
  await ask('post /v1/things/{id}/undo', { ...asAdmin, status: 409 });
  const embedder = 'post /v1/things/{id}/embedder';
  await ask(embedder, { ...asAdmin, status: 202, body: post({ model: 'things' }) });
  await ask(embedder, { ...asAdmin, status: 409, body: post({ model: 'nobody' }) });
  await ask(embedder, { ...asAdmin, status: 400, body: '{}' });
  for (const [route, status] of [
    ['post /v1/things/{id}/embedders/compare', 202],
    ['delete /v1/things/{id}/embedders/compare', 200],
    ['get /v1/things/{id}/embedders', 200],
  ] as const) {
    await ask(route, { ...asAdmin, status });
    await ask(route, { ...asAdmin, status: 404, params: { id: 'nobody' } });
  }
  const compare = 'post /v1/things/{id}/embedders/compare';
  await ask(compare, { ...asAdmin, status: 400, query: '?wait=yes' });
  await ask(compare, { ...asAdmin, status: 409, query: '?wait=1' });
  const rename = 'patch /v1/things/{id}/things/{thing}';
  await ask(rename, { ...added, status: 200, body: post({ name: 'Mia' }) });
  await ask(rename, { ...asAdmin, status: 404, body: post({ name: 'Mia' }) });
  for (const what of ['samples/{sample}', 'things/{thing}']) {
    const remove = `delete /v1/things/{id}/${what}`;
    await ask(remove, { ...added, status: 200 });
    await ask(remove, { ...added, status: 404 });
    await ask('post /v1/things/{id}/undo', { ...asAdmin, status: 200 });
  }
  for (const id of ['mine', other.id]) {
    await ask('delete /v1/things/{id}', { ...asAdmin, params: { id }, status: 204 });
  }
  await ask('delete /v1/things/{id}', { ...asAdmin, status: 404 });
  await ask('delete /v1/things/{id}', { ...asAdmin, params: { id: 'again' }, status: 204 });
});

test('the status of the server', async () => {
  const route = 'get /v1/status';
  await ask(route, { status: 200, headers: AS_ADMIN, query: '?after=0' });
  await ask(route, { status: 400, headers: AS_ADMIN, query: '?after=x' });
  await ask(route, { status: 403 });
});

test('changes of models', async () => {
  const add = 'post /v1/models/imports';
  await ask(add, { status: 403, body: post({ source: 'hf:a/b' }) });
  await ask(add, { status: 400, body: post({}), headers: AS_ADMIN });
  const { id } = await ask(add, { status: 202, body: 'no model', headers: AS_ADMIN, query: '?name=a.onnx' });
  const params = { id };
  const unknown = { id: 'none' };
  await ask('get /v1/models/imports/{id}', { status: 200, params, headers: AS_ADMIN });
  await ask('get /v1/models/imports/{id}', { status: 404, params: unknown, headers: AS_ADMIN });
  for (const what of ['options', 'accept']) {
    const route = `post /v1/models/imports/{id}/${what}`;
    await ask(route, { status: 404, params: unknown, headers: AS_ADMIN, body: '{}' });
  }
  await ask('delete /v1/models/imports/{id}', { status: 204, params, headers: AS_ADMIN });
  await ask('delete /v1/models/imports/{id}', { status: 403, params });
  const model = { id: 'coco-ssd' };
  await ask('post /v1/models/{id}/verify', { status: 200, params: model, headers: AS_ADMIN });
  await ask('post /v1/models/{id}/verify', { status: 404, params: unknown, headers: AS_ADMIN });
  const made = await ask('post /v1/models/{id}/quantize', { status: 202, params: model, headers: AS_ADMIN });
  await ask('delete /v1/models/imports/{id}', { status: 204, params: { id: made.id }, headers: AS_ADMIN });
  await ask('post /v1/models/{id}/quantize', { status: 404, params: unknown, headers: AS_ADMIN });
  // Its labels are fixed.
  const words = { params: model, headers: AS_ADMIN, body: post({ words: ['cat', 'dog'] }) };
  await ask('post /v1/models/{id}/words', { status: 409, ...words });
  await ask('post /v1/models/{id}/words', { status: 400, ...words, body: post({ words: 'cat' }) });
  // It ships with the server, and so there is no version before.
  await ask('post /v1/models/{id}/rollback', { status: 409, params: model, headers: AS_ADMIN });
  await ask('delete /v1/models/{id}', { status: 404, params: unknown, headers: AS_ADMIN });
});

test('rights, and other devices', async () => {
  const { fragment } = await ask('post /v1/access/links', { status: 201, headers: AS_ADMIN });
  await ask('post /v1/access/links', { status: 403 });
  const code = new URLSearchParams(fragment).get('admin');
  await ask('post /v1/access', { status: 200, body: post({ code }) });
  await ask('post /v1/access', { status: 403, body: post({ code }) });
  await ask('get /v1/lan', { status: 200 });
  await ask('get /v1/lan', { status: 403, headers: { Origin: 'https://other.example' } });
  await ask('post /v1/lan/phone', { status: 404, body: '{}' });
  await ask('post /v1/lan/pair', { status: 401, body: post({ code: 'none' }) });
});

test('what watches a server', async () => {
  await ask('get /healthz', { status: 200, headers: {} });
  await ask('get /readyz', { status: 200, headers: {} });
  await ask('get /metrics', { status: 200, headers: {} });
});

test('each route was asked here, and answered once with an error where it has any', () => {
  const WATCHED = ['get /healthz', 'get /readyz', 'get /metrics'];
  /** They need a second version, an import that is checked, or a network: tests of their own have those. */
  const ERRORS_ONLY = [
    ...['post /v1/models/imports/{id}/options', 'post /v1/models/imports/{id}/accept'],
    'post /v1/models/{id}/words',
    ...['post /v1/models/{id}/rollback', 'delete /v1/models/{id}'],
    ...['post /v1/lan/phone', 'post /v1/lan/pair'],
  ];
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of methodsOf(methods)) {
      const route = `${method} ${path}`;
      const expected = {
        ...(!ERRORS_ONLY.includes(route) && { success: true }),
        ...(!WATCHED.includes(route) && { error: true }),
      };
      assert.deepEqual(answered.get(route), expected, route);
    }
  }
});
