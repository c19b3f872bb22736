#!/usr/bin/env bash
# fflate 0.8.3 (npm)
#
# Expected: the content of all members one after the other. A gzip file is a series of members (RFC 1952, section 2.2);
#   log rotation, bgzip and `cat a.gz b.gz` write such files. zlib and fflate's own streaming class Gunzip read them.
# Behaviour: gunzipSync and decompressSync return the start of the first member, cut to the length that the last member
#   states, without an error. gunzip, with a callback, does the same.
# Consequence: a model or a data set that was compressed in pieces arrives cut short and looks complete.
# In Livelens: models/build/tar.ts reads gzip with node:zlib; fflate only writes ZIP files.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund fflate@0.8.3 >/dev/null

cat >probe.mjs <<'EOF'
import zlib from 'node:zlib';
import { Gunzip, decompressSync, gunzip, gunzipSync, strFromU8 } from 'fflate';

const file = Buffer.concat([zlib.gzipSync('0123456789'), zlib.gzipSync('abc')]);

let streamed = '';
new Gunzip((piece) => {
  streamed += strFromU8(piece);
}).push(file, true);

const results = {
  'node:zlib gunzipSync': zlib.gunzipSync(file).toString(),
  'fflate Gunzip': streamed,
  'fflate gunzipSync': strFromU8(gunzipSync(file)),
  'fflate decompressSync': strFromU8(decompressSync(file)),
  'fflate gunzip': await new Promise((resolve) => {
    gunzip(file, (error, content) => resolve(error ? String(error) : strFromU8(content)));
  }),
};
for (const [reader, content] of Object.entries(results)) console.log(`${reader}: ${content}`);
const isSame = Object.values(results).join() === '0123456789abc,0123456789abc,012,012,012';
console.log(isSame ? 'As described.' : 'CHANGED: expected 0123456789abc twice, then 012 three times.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
