#!/usr/bin/env bash
# @hono/node-server 2.1.8 with hono 4.13.19 (npm)
#
# Expected: a file is found under its percent-encoded name: 'labels/' + encodeURIComponent(name) is the way to write a
#   file name into an address (RFC 3986, section 2.2: reserved characters that stand for themselves are encoded).
# Behaviour: serveStatic answers 404 where the name has one of # ? & + = @ , ; : $ % in it, and 200 for blanks, brackets
#   and letters of other scripts. (For & + = @ , ; : $ the address with the bare character works; for # ? % none does.)
# Consequence: a file "cats+dogs.json" or "50%.jpg" exists in the folder and cannot be fetched.
# In Livelens: server/http/pages.ts serves only files of the build, whose names have none of these; ids of models
#   (server/library/modelId.ts) cannot have any.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @hono/node-server@2.1.8 hono@4.13.19 >/dev/null

cat >probe.mjs <<'EOF'
import { mkdirSync, writeFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

const FOUND = [' ', '[', ']', '(', 'é', '猫'];
const MISSED = ['#', '?', '&', '+', '=', '@', ',', ';', ':', '$', '%'];
const BARE_FOUND = ['&', '+', '=', '@', ',', ';', ':', '$'];

const nameWith = (character) => `cats${character}dogs.txt`;
mkdirSync('files');
for (const character of [...FOUND, ...MISSED]) writeFileSync(`files/${nameWith(character)}`, character);
const app = new Hono().use('*', serveStatic({ root: './files' }));
const server = await new Promise((resolve) => {
  const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(started));
});
const statusOf = async (path) => (await fetch(`http://127.0.0.1:${server.address().port}/${path}`)).status;

let isSame = true;
for (const character of [...FOUND, ...MISSED]) {
  const name = nameWith(character);
  const encoded = await statusOf(encodeURIComponent(name));
  const bare = await statusOf(name);
  console.log(`${name}: ${encodeURIComponent(name)} ${encoded}, unencoded ${bare}`);
  const expected = FOUND.includes(character) ? 200 : 404;
  const bareExpected = [...FOUND, ...BARE_FOUND].includes(character) ? 200 : 404;
  if (encoded !== expected || bare !== bareExpected) isSame = false;
}
server.close();
console.log(isSame ? 'As described.' : 'CHANGED: other names are found than described.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
