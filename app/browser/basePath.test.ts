import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { streamUrl } from '../../client/stream/streamUrl.ts';
import { basePath, serverUrl } from './basePath.ts';
import { storageName } from './storageName.ts';

function givenAddress(t: TestContext, href: string): void {
  Object.defineProperty(globalThis, 'location', { value: { href }, configurable: true });
  t.after(() => Reflect.deleteProperty(globalThis, 'location'));
}

const CASES = [
  { href: 'https://a.example/', base: '/', models: 'https://a.example/v1/models', cache: 'livelens-models' },
  {
    href: 'https://a.example/?from=home#token=x',
    base: '/',
    models: 'https://a.example/v1/models',
    cache: 'livelens-models',
  },
  {
    href: 'http://a.example:81/lens/',
    base: '/lens/',
    models: 'http://a.example:81/lens/v1/models',
    cache: '/lens/livelens-models',
  },
  {
    href: 'https://a.example/a/b/index.html?x=/y/',
    base: '/a/b/',
    models: 'https://a.example/a/b/v1/models',
    cache: '/a/b/livelens-models',
  },
  {
    href: 'https://a.example/lens/sw.js',
    base: '/lens/',
    models: 'https://a.example/lens/v1/models',
    cache: '/lens/livelens-models',
  },
];

for (const { href, base, models, cache } of CASES) {
  test(`at ${href} the server is below ${base}`, (t) => {
    givenAddress(t, href);
    assert.equal(basePath(), base);
    assert.equal(serverUrl('v1/models'), models);
    assert.equal(streamUrl(serverUrl('')), models.replace('http', 'ws').replace('models', 'stream'));
    assert.equal(storageName('livelens-models'), cache);
  });
}

test('another server is named with or without a slash at its end', () => {
  for (const server of ['https://b.example/lens', 'https://b.example/lens/']) {
    assert.equal(serverUrl('v1/models', server), 'https://b.example/lens/v1/models');
  }
  assert.equal(basePath(), '/', 'where there is no address');
});

/** What would be found at the root of the origin only, whatever path the page is below. */
const ABSOLUTE = [
  /(?<![\w.])['"`]\/(v1|runtime|icons|_next|healthz|readyz|metrics|sw\.js|icon\.svg|manifest)\b/,
  /\}\/(v1|runtime)\b/,
  /\blocation\.origin\b|\bwindow\.origin\b/,
  /href="\//,
];
/** Requests begin here; each must have got its URL from `serverUrl`. */
const REQUESTS = [
  {
    call: /(?<![\w.#])fetch\((?!serverUrl\()/,
    allowed: [
      'app/codes/codes.worker.ts',
      // The requester got the server's address from `serverUrl`.
      'app/device/library/deviceHeads.ts',
      'app/device/library/fetchFile.ts',
      'app/page/startCheck.ts',
      'app/offline/sw.ts',
      // Of `serverUrl`, with another query.
      'app/doctor/probes/measureLink.ts',
      // The same path over https, where `serverUrl` is over http.
      'app/lan/PhonePage.tsx',
    ],
  },
  { call: /new WebSocket\(/, allowed: ['app/doctor/probes/visitSocket.ts'] },
  { call: /\.open\('(?:GET|POST)', (?!serverUrl\()/, allowed: [] },
  { call: /serviceWorker\.register\((?!serverUrl\()/, allowed: [] },
  { call: /\bSTREAM_PATH\b/, allowed: [] },
  {
    call: /\b(?:RUNTIME|LITERT)_URL\b/,
    allowed: [
      'app/offline/runtimeUrl.ts',
      'app/device/runtime/runtimeAhead.ts',
      'app/offline/sw.ts',
      'app/offline/runtimeCache.ts',
    ],
  },
  // And what is stored has a name of its own for each path.
  {
    call: /\b(?:local|session)Storage\.\w+\((?!storageName\()/,
    allowed: ['app/doctor/probes/lookAtStorage.ts'],
  },
  {
    call: /\bcaches\.(?:open|has|delete)\((?!storageName\(|runtimeCacheName\()/,
    allowed: ['app/offline/sw.ts', 'app/doctor/probes/lookAtStorage.ts'],
  },
  { call: /\blocks\.request\((?!storageName\()/, allowed: [] },
];

/** What is wrong with addresses and names of storage in a source. */
function faultsOf(file: string, source: string): string[] {
  const faults: string[] = [];
  for (const [index, line] of source.split('\n').entries()) {
    if (/^\s*(\*|\/\*|\/\/)/.test(line)) continue;
    const isFault =
      ABSOLUTE.some((pattern) => pattern.test(line)) ||
      REQUESTS.some(({ call, allowed }) => call.test(line) && !(allowed as readonly string[]).includes(file));
    if (isFault) faults.push(`${file}:${index + 1}: ${line.trim()}`);
  }
  return faults;
}

test('no source of the page builds the address of a request, or a name in storage, without its path', async () => {
  const entries = await readdir('app', { recursive: true, withFileTypes: true });
  const files = entries
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.tsx?$/.test(entry.name) &&
        !/\.test\.|Fixtures?\.ts|Contract\.ts/.test(entry.name),
    )
    .map((entry) => path.join(entry.parentPath, entry.name).split(path.sep).join('/'));
  assert.ok(files.length > 100);
  const faults = await Promise.all(files.map(async (file) => faultsOf(file, await readFile(file, 'utf8'))));
  assert.deepEqual(faults.flat(), []);
});

test('such a source would be found', () => {
  const wrong = [
    "await fetch('/v1/models');",
    ['await fetch(`$', '{server}/v1/models`);'].join(''),
    "await fetch('v1/models');",
    "new WebSocket('wss://a.example/v1/stream');",
    "request.open('POST', 'v1/predict');",
    "navigator.serviceWorker.register('sw.js');",
    "const runtime = '/runtime/1.30.0/';",
    'new URL(path, location.origin);',
    "localStorage.setItem('livelens.mode', mode);",
    "caches.open('livelens-more');",
  ];
  for (const line of wrong) assert.equal(faultsOf('app/models/new.ts', line).length, 1, line);
  const right = [
    "await fetch(serverUrl('v1/models'));",
    "say('Answers POST /v1/predict.');",
    '// fetch(that)',
  ];
  for (const line of right) assert.deepEqual(faultsOf('app/models/new.ts', line), []);
});
