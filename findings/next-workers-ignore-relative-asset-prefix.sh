#!/usr/bin/env bash
# next 16.4.5 (npm) with Turbopack, in the Chromium of this machine (seen in 156) with playwright-core 1.65.1
#
# Expected: with `output: 'export'` and `assetPrefix: '.'` all parts of a page load relative to it, so that a static
#   export works below any path.
# Behaviour: scripts and styles do. The script of `new Worker(new URL('./x.js', import.meta.url))` is looked for at the
#   root of the origin instead, where there is none below a path: 404, and the worker reports an error without a message.
# Consequence: behind a proxy at /lens/ the page opens, and whatever runs in a worker never answers.
# In Livelens: scripts/relativePages.ts makes the base of workers absolute after the build, from the page's address.
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
npm install --ignore-scripts --no-audit --no-fund next@16.4.5 react@19.3.1 react-dom@19.3.1 playwright-core@1.65.1 \
  >/dev/null

mkdir app
cat >next.config.mjs <<'EOF'
export default { output: 'export', assetPrefix: '.' };
EOF
cat >app/layout.jsx <<'EOF'
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
EOF
cat >app/page.jsx <<'EOF'
'use client';

import { useEffect, useState } from 'react';

export default function Page() {
  const [answer, setAnswer] = useState('none yet');
  useEffect(() => {
    const worker = new Worker(new URL('./answer.js', import.meta.url));
    worker.onmessage = ({ data }) => setAnswer(data);
    worker.onerror = () => setAnswer('an error');
    return () => worker.terminate();
  }, []);
  return <output>{answer}</output>;
}
EOF
cat >app/answer.js <<'EOF'
self.postMessage('the answer');
EOF
NEXT_TELEMETRY_DISABLED=1 node_modules/.bin/next build >build.log 2>&1 || {
  cat build.log
  exit 1
}

cat >probe.mjs <<'EOF'
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Serves the export below a path, and notes what is asked for and is not there. */
async function serve(base) {
  const missing = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const name = pathname.startsWith(base) ? pathname.slice(base.length) || 'index.html' : undefined;
    const file = name && path.join('out', name);
    if (!file || !existsSync(file) || !statSync(file).isFile()) {
      if (pathname.endsWith('.js')) missing.push(pathname);
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, missing, url: `http://127.0.0.1:${server.address().port}${base}` };
}

const browser = await chromium.launch({ executablePath: process.argv[2] });
const answers = {};
const missed = {};
for (const base of ['/', '/lens/']) {
  const { server, missing, url } = await serve(base);
  const page = await browser.newPage();
  await page.goto(url);
  const output = page.locator('output').filter({ hasNotText: 'none yet' });
  answers[base] = await output.textContent();
  missed[base] = missing;
  console.log(`at ${base}: the worker gives ${answers[base]}; scripts not found: ${missing.join(', ') || 'none'}`);
  await page.close();
  server.close();
}
await browser.close();

const isSame =
  answers['/'] === 'the answer' &&
  answers['/lens/'] === 'an error' &&
  missed['/lens/'].length > 0 &&
  missed['/lens/'].every((name) => name.startsWith('/_next/static/'));
console.log(isSame ? 'As described.' : 'CHANGED: expected "the answer" at /, and an error at /lens/ for want of /_next/….');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$chromium"
