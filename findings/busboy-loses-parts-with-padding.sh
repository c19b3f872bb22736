#!/usr/bin/env bash
# @fastify/busboy 3.2.6 and busboy 1.6.0 (npm), compared with undici 7.30.2 (npm)
#
# Expected: the part is read, or there is an error. Blanks between a boundary and its line break may be added on the
#   way: receivers must handle this "transport-padding" (RFC 2046, section 5.1.1).
# Behaviour: both parsers end as if the form had been read, without the part and without an error. undici, as an
#   example of another parser, refuses the form.
# Consequence: an upload can arrive as an empty form, and the server cannot tell that from a form without a file.
# In Livelens: server/http/form.ts answers bad_request when a form holds no file.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @fastify/busboy@3.2.6 busboy@1.6.0 undici@7.30.2 >/dev/null

cat >probe.mjs <<'EOF'
import { Busboy as FastifyBusboy } from '@fastify/busboy';
import busboy from 'busboy';
import { Response } from 'undici';

const headers = { 'content-type': 'multipart/form-data; boundary=b' };
/** Two fields, the second behind a boundary with padding. */
const form = (padding) =>
  ['--b', 'Content-Disposition: form-data; name="first"', '', 'one']
    .concat([`--b${padding}`, 'Content-Disposition: form-data; name="second"', '', 'two', '--b--', ''])
    .join('\r\n');

const read = (parser, body) =>
  new Promise((resolve) => {
    const fields = [];
    parser.on('field', (name, value) => fields.push(`${name}=${JSON.stringify(value)}`));
    parser.on('error', () => resolve('error'));
    parser.on('finish', () => resolve(fields.join(' ')));
    parser.end(body);
  });
const readWithUndici = async (body) => {
  try {
    const fields = await new Response(body, { headers }).formData();
    return [...fields].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
  } catch {
    return 'error';
  }
};

const seen = [];
for (const padding of ['', ' ']) {
  const body = form(padding);
  const results = {
    '@fastify/busboy': await read(new FastifyBusboy({ headers }), body),
    busboy: await read(busboy({ headers }), body),
    undici: await readWithUndici(body),
  };
  for (const [parser, result] of Object.entries(results)) {
    console.log(`padding ${JSON.stringify(padding)}, ${parser}: ${result}`);
    seen.push(result);
  }
}
const whole = 'first="one" second="two"';
const expected = [whole, whole, whole, 'first="one"', 'first="one"', 'error'];
const isSame = expected.every((result, i) => seen[i] === result);
console.log(isSame ? 'As described.' : `CHANGED: expected ${expected.join(', ')}.`);
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
