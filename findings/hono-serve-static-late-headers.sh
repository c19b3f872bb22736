#!/usr/bin/env bash
# @hono/node-server 2.1.8 and hono 4.13.19 (npm)
#
# Expected: a header that is set in the `onFound` of serveStatic, as its README shows, is part of the answer.
# Behaviour: `onFound` runs after the answer was made. The header arrives over a server of @hono/node-server with its
#   default options, because that replaces the global Response by a class that shares the header object. It is missing in
#   `app.request()`, with which applications are tested, and on a server with `overrideGlobalObjects: false`.
# Consequence: cache rules and security headers, a content security policy for one, are lost without a word when that
#   option is set; and a test of them says the opposite of what the server does.
# In Livelens: server/http/staticFiles.ts sets headers on the finished answer.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true,"type":"module"}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund hono@4.13.19 @hono/node-server@2.1.8 >/dev/null
mkdir files
printf 'text\n' >files/a.txt

cat >probe.mjs <<'EOF'
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

const overrides = process.argv[2] === 'default';
const app = new Hono().use(
  '*',
  serveStatic({ root: './files', onFound: (_path, c) => void c.header('Cache-Control', 'no-cache') }),
);
const options = { fetch: app.fetch, port: 0, hostname: '127.0.0.1' };
if (!overrides) options.overrideGlobalObjects = false;
const server = serve(options, async ({ port }) => {
  const served = await fetch(`http://127.0.0.1:${port}/a.txt`);
  console.log(String(served.headers.get('cache-control')));
  await served.arrayBuffer();
  server.close();
  server.closeAllConnections();
});
EOF
cat >request.mjs <<'EOF'
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

const app = new Hono().use(
  '*',
  serveStatic({ root: './files', onFound: (_path, c) => void c.header('Cache-Control', 'no-cache') }),
);
console.log(String((await app.request('http://a.example/a.txt')).headers.get('cache-control')));
EOF
seen="$(node probe.mjs default) $(node probe.mjs plain) $(node request.mjs)"
echo "Cache-Control on a server, without overrideGlobalObjects, in app.request(): $seen"
if [ "$seen" = 'no-cache null null' ]; then
  echo 'As described.'
else
  echo 'CHANGED: expected "no-cache null null".'
  exit 1
fi
