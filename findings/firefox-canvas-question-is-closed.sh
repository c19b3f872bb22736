#!/usr/bin/env bash
# Firefox ESR of this machine (seen in 153.8.0esr, Debian) with puppeteer-core 24.43.1
#
# Expected: with privacy.resistFingerprinting, a page that reads a canvas in a click handler has Firefox ask the person
#   whether it may. The question stays open until it is answered.
# Behaviour: the next read without user input turns the open question into a dismissed one: it disappears, and only
#   an icon in the address bar is left.
# Consequence: a page that reads a canvas regularly (frames of a camera) takes its own question away before anyone can
#   answer it.
# In Livelens: app/lens/pixelCheck.ts does not read for 30 s after a person asked for permission.
set -euo pipefail

firefox=$(command -v firefox-esr || true)
if [ -z "$firefox" ]; then
  echo 'skipped: no firefox-esr on PATH.'
  exit 0
fi
"$firefox" --version 2>/dev/null

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund puppeteer-core@24.43.1 >/dev/null

cat >probe.mjs <<'EOF'
import { once } from 'node:events';
import { createServer } from 'node:http';
import puppeteer from 'puppeteer-core';

const PAGE = `<!doctype html><title>Example</title><canvas></canvas><button>Read</button><script>
  const read = () => document.querySelector('canvas').toDataURL();
  document.querySelector('canvas').getContext('2d').fillRect(0, 0, 100, 100);
  document.querySelector('button').addEventListener('click', read);
</script>`;
const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(PAGE));
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.argv[2],
  // To see the browser's own window.
  args: ['-remote-allow-system-access'],
  extraPrefsFirefox: { 'privacy.resistFingerprinting': true },
});

/** State of the question in the browser's window. Puppeteer has no public call for it; BiDi has. */
async function question() {
  const { result: tree } = await browser.connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const { result } = await browser.connection.send('script.evaluate', {
    target: { context: tree.contexts[0].context },
    awaitPromise: false,
    expression: `(() => {
      const asked = PopupNotifications._currentNotifications.find(({ id }) => id === 'canvas-permissions-prompt');
      return asked === undefined ? 'none' : asked.dismissed ? 'dismissed' : 'open';
    })()`,
  });
  return result.result.value;
}
/** Waits until the question has another state than before, 5 s at most. */
async function questionAfter(before) {
  const until = Date.now() + 5_000;
  let now = await question();
  while (now === before && Date.now() < until) now = await question();
  return now;
}

const seen = [];
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  seen.push(await question());
  await page.click('button');
  seen.push(await questionAfter('none'));
  // A person takes some seconds to answer: nothing changes meanwhile.
  seen.push(await questionAfter('open'));
  // User input counts for five seconds, which have passed.
  await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(read()), 0)));
  seen.push(await questionAfter('open'));
} finally {
  await browser.close();
  server.close();
}
const [first, clicked, later, read] = seen;
console.log(`the question at first: ${first}; after a read in a click: ${clicked}; 5 s later: ${later}`);
console.log(`after a read without input: ${read}`);
const isSame = seen.join() === 'none,open,open,dismissed';
console.log(isSame ? 'As described.' : 'CHANGED: expected none, open, open, dismissed.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$firefox"
