#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (npm, transformers.js), in Node
#
# Expected: RawImage.resize with `resample: 2` (bilinear) gives what Pillow's gives, after which the values are named: when
#   a picture gets smaller, each pixel is the mean of all that it covers, and a plain picture stays plain.
# Behaviour: when a picture gets smaller by eight, seven of eight pixels are not looked at: of one white column in eight
#   the result is all white (Pillow 9.4: all 32 or nearly so). When it gets larger, the last rows and columns fade to
#   black: a plain 200 ends in 100, and in 50 in the corner.
# Consequence: a network says something else than where it was trained: its first label changed on 4 to 6 of 14 photos
#   with a MobileNetV2. Recorded answers of this library are no reference for pixels.
# In Livelens: not used for pixels. server/inference/pixels.ts is compared with Pillow's own (docs/preprocessing.md).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @huggingface/transformers@4.3.2 >/dev/null

cat >probe.mjs <<'EOF'
import { RawImage } from '@huggingface/transformers';

const red = ({ data }) => [...data].filter((_, i) => i % 3 === 0);
const striped = Uint8ClampedArray.from({ length: 64 * 64 * 3 }, (_, i) => (Math.floor(i / 3) % 8 === 0 ? 255 : 0));
const small = red(await new RawImage(striped, 64, 64, 3).resize(8, 8, { resample: 2 }));
const plain = new Uint8ClampedArray(4 * 4 * 3).fill(200);
const large = red(await new RawImage(plain, 4, 4, 3).resize(8, 8, { resample: 2 }));

console.log(`one white column in eight, 64x64 to 8x8, first row: ${small.slice(0, 8)}`);
console.log(`plain 200, 4x4 to 8x8, last row: ${large.slice(-8)}`);
const isSame = small.every((value) => value === 255) && `${large.slice(-8)}` === '100,100,100,100,100,100,100,50';
console.log(isSame ? 'As described.' : 'CHANGED.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
