#!/usr/bin/env bash
# The Chromium of this machine (seen in 156) with playwright-core 1.65.1
#
# Expected: `new Worker('worker.js#task')` sees "#task" in self.location.hash whoever answers the request.
# Behaviour: it does when the network answers, and when a service worker passes the request on. When a service worker
#   answers with a response from Cache Storage, the hash is empty. A copy of the same response (new Response(body)) keeps
#   it, as it has no address of its own.
# Consequence: workers that take their settings from the fragment, as those of Turbopack in Next 16 do, work online and
#   fail when they come from a precache.
# In Livelens: app/offline/sw.ts answers requests of workers with a copy.
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
npm install --ignore-scripts --no-audit --no-fund playwright-core@1.65.1 >/dev/null

cat >probe.mjs <<'EOF'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const FILES = {
  '/': ['text/html', '<!doctype html><title>Example</title>'],
  '/worker.js': ['text/javascript', 'postMessage(self.location.hash);'],
  // How a request of a worker is answered stands in its query.
  '/sw.js': [
    'text/javascript',
    `addEventListener('install', (event) => event.waitUntil(caches.open('c').then((cache) => cache.add('/worker.js'))));
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('fetch', (event) => {
      const { search } = new URL(event.request.url);
      if (search === '?passed') event.respondWith(fetch(event.request));
      if (search === '?cached') event.respondWith(caches.match('/worker.js'));
      if (search === '?copied') event.respondWith(
        caches.match('/worker.js').then(({ body, headers }) => new Response(body, { headers })));
    });`,
  ],
};
const server = createServer((request, response) => {
  const [type, content] = FILES[request.url.replace(/\?.*/, '')] ?? [];
  if (type === undefined) return response.writeHead(404).end();
  response.setHeader('Content-Type', type);
  response.end(content);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const browser = await chromium.launch({ executablePath: process.argv[2] });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.evaluate(async () => {
  const isControlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  });
  await navigator.serviceWorker.register('/sw.js');
  await isControlled;
});

const seen = {};
for (const answer of ['network', 'passed', 'cached', 'copied']) {
  seen[answer] = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const worker = new Worker(url);
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = () => resolve('an error');
      }),
    `/worker.js?${answer}#task`,
  );
  console.log(`${answer}: the worker sees "${seen[answer]}"`);
}
await browser.close();
server.close();

const isSame = seen.network === '#task' && seen.passed === '#task' && seen.cached === '' && seen.copied === '#task';
console.log(isSame ? 'As described.' : 'CHANGED: expected "#task", "#task", "" and "#task".');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$chromium"
