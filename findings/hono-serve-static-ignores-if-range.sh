#!/usr/bin/env bash
# @hono/node-server 2.1.8 with hono 4.13.19 (npm)
#
# Expected: a request with If-Range gets a part only of the version that it names, and otherwise the whole file. That is
#   how an interrupted download goes on safely (RFC 9110, section 13.1.5: the server MUST ignore Range otherwise).
# Behaviour: serveStatic sends Last-Modified, but ignores If-Range. It answers 206 with a part of the new file to a
#   client that holds the start of the old one.
# Consequence: a model file that is replaced during a download ends up as half old and half new, with the right length.
# In Livelens: server/http/deviceRoutes.ts serves models itself and honours If-Range (server/http/byteRange.ts);
#   server/http/pages.ts uses serveStatic for pages, and for files whose names change with their content.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @hono/node-server@2.1.8 hono@4.13.19 >/dev/null

cat >probe.mjs <<'EOF'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

mkdirSync('files');
const write = (content, modified) => {
  writeFileSync('files/model.bin', content);
  utimesSync('files/model.bin', new Date(modified), new Date(modified));
};
const app = new Hono().use('*', serveStatic({ root: './files' }));
const server = await new Promise((resolve) => {
  const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(started));
});
const url = `http://127.0.0.1:${server.address().port}/model.bin`;

write('OLDOLD', '2026-01-01T00:00:00Z');
const first = await fetch(url);
const version = first.headers.get('last-modified');
const start = (await first.text()).slice(0, 3);
console.log(`first answer: ${first.status}, Last-Modified ${version}; the client keeps "${start}"`);

write('newnew', '2026-02-01T00:00:00Z');
const rest = await fetch(url, { headers: { range: 'bytes=3-', 'if-range': version } });
const content = await rest.text();
console.log(`rest of that version asked for: ${rest.status}, "${content}", Last-Modified ${rest.headers.get('last-modified')}`);
const joined = rest.status === 206 ? start + content : content;
console.log(`the client has "${joined}"`);
server.close();

const isSame = version === 'Thu, 01 Jan 2026 00:00:00 GMT' && rest.status === 206 && joined === 'OLDnew';
console.log(isSame ? 'As described.' : 'CHANGED: expected 206 and "OLDnew".');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
