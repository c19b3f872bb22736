#!/usr/bin/env bash
# sharp 0.35.5 (npm, with libvips 8.18.7)
#
# Expected: a symmetric picture stays symmetric when it is resized, as with a browser's canvas, PIL and TensorFlow with
#   half-pixel centres, and as with sharp when it shrinks.
# Behaviour: when sharp enlarges, everything lies half a pixel of the result too far to the right and too low, with
#   every kernel. With "nearest" it shows where the factor is not whole: of three pixels that become five, the middle one
#   becomes the third and fourth.
# Consequence: a model gets small pictures shifted, differently from the same model in a browser; boxes and exact
#   comparisons of pixels are off by that much.
# In Livelens: server/inference/pixels.ts enlarges pictures that are smaller than a model's input, as Pillow does; sharp only
#   shrinks them.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund sharp@0.35.5 >/dev/null

cat >probe.mjs <<'EOF'
import sharp from 'sharp';

async function resized(row, to, kernel, turned) {
  const raw = turned ? { width: 1, height: row.length, channels: 1 } : { width: row.length, height: 1, channels: 1 };
  const [width, height] = turned ? [1, to] : [to, 1];
  const picture = sharp(Buffer.from(row), { raw }).resize(width, height, { kernel, fit: 'fill' });
  return [...(await picture.extractChannel(0).raw().toBuffer())];
}
const isSymmetric = (row) => row.every((value, i) => Math.abs(value - row.at(-1 - i)) <= 1);
/** The mean position of what is bright; pixel i reaches from i to i + 1. */
const centre = (row) =>
  row.reduce((sum, value, i) => sum + value * (i + 0.5), 0) / row.reduce((sum, value) => sum + value, 0);

const DOT = [0, 0, 255, 0, 0];
const WIDE = [0, 0, 0, 80, 160, 255, 255, 160, 80, 0, 0, 0];
let isSame = true;
for (const kernel of ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos3']) {
  const row = await resized(DOT, 20, kernel, false);
  const column = await resized(DOT, 20, kernel, true);
  const shift = centre(row) - 10;
  const down = centre(column) - 10;
  console.log(`5 to 20 pixels, ${kernel}: ${row.join(' ')}; ${shift.toFixed(2)} to the right, ${down.toFixed(2)} down`);
  const expected = kernel === 'nearest' ? 0 : 0.5;
  if (Math.abs(shift - expected) > 0.01 || Math.abs(down - expected) > 0.01) isSame = false;
}
for (const kernel of ['linear', 'cubic', 'lanczos3']) {
  const row = await resized(WIDE, 4, kernel, false);
  console.log(`12 to 4 pixels, ${kernel}: ${row.join(' ')}`);
  if (!isSymmetric(row)) isSame = false;
}
for (const turned of [false, true]) {
  const found = await resized([0, 255, 0], 5, 'nearest', turned);
  console.log(`3 to 5 pixels, nearest, ${turned ? 'downwards' : 'to the right'}: ${found.join(' ')}`);
  if (`${found}` !== '0,0,255,255,0') isSame = false;
}
console.log(
  isSame
    ? 'As described.'
    : 'CHANGED: expected 0.50 for all kernels but "nearest", "0 0 255 255 0" for that, and symmetry when shrinking.',
);
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
