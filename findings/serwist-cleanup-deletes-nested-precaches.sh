#!/usr/bin/env bash
# serwist 9.5.12 (npm, bundled with esbuild 0.28.2), in the Chromium of this machine (seen in 156) with
# playwright-core 1.65.1
#
# Expected: precacheOptions.cleanupOutdatedCaches removes precaches that older versions of Serwist left for the same
#   service worker.
# Behaviour: it removes each precache whose name contains the worker's scope. A scope is the start of all scopes below
#   it, so a worker at "/" deletes the current precaches of workers at "/a/" and "/b/" when it is activated.
# Consequence: with one installation at the root of an origin and another below a path, installing or updating the first
#   means that the second does not open offline any more.
# In Livelens: app/offline/sw.ts removes old precaches itself and compares the whole scope.
set -euo pipefail

chromium=$(command -v chromium || true)
if [ -z "$chromium" ]; then
  echo 'skipped: no chromium on PATH.'
  exit 0
fi
"$chromium" --version 2>/dev/null

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund serwist@9.5.12 esbuild@0.28.2 playwright-core@1.65.1 >/dev/null

cat >sw.mjs <<'EOF'
import { Serwist } from 'serwist';

new Serwist({
  precacheEntries: [{ url: './', revision: '1' }],
  precacheOptions: { cleanupOutdatedCaches: true },
}).addEventListeners();
EOF
node_modules/.bin/esbuild sw.mjs --bundle --format=iife --define:process.env.NODE_ENV='"production"' \
  --log-level=warning --outfile=sw.js

cat >probe.mjs <<'EOF'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const worker = readFileSync('sw.js');
// The same page and the same worker at each path.
const server = createServer((request, response) => {
  const isWorker = request.url.endsWith('/sw.js');
  response.setHeader('Content-Type', isWorker ? 'text/javascript' : 'text/html');
  response.end(isWorker ? worker : '<!doctype html><title>page</title>');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({ executablePath: process.argv[2] });
const page = await browser.newPage();

/** Installs the worker of a path, waits until it is active, and says which precaches the origin has then. */
async function install(path) {
  await page.goto(origin + path);
  const names = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.register('./sw.js');
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    await new Promise((resolve) => {
      const check = () => worker.state === 'activated' && resolve();
      worker.addEventListener('statechange', check);
      check();
    });
    return caches.keys();
  });
  return names.map((name) => name.replace(origin, ''));
}

const seen = {};
for (const path of ['/a/', '/b/', '/']) {
  seen[path] = await install(path);
  console.log(`after the worker of ${path} was activated: ${seen[path].join(', ')}`);
}
server.close();
server.closeAllConnections();
const opens = {};
for (const path of ['/', '/a/']) {
  opens[path] = await page.goto(origin + path).then(() => true, () => false);
  console.log(`without the server ${path} ${opens[path] ? 'opens' : 'does not open'}`);
}
await browser.close();

const isSame =
  seen['/b/'].length === 2 && seen['/'].length === 1 && seen['/'][0].endsWith('-/') && opens['/'] && !opens['/a/'];
console.log(isSame ? 'As described.' : 'CHANGED: expected two precaches after /b/, and only that of / at the end.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$chromium"
