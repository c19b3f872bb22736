#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (npm, transformers.js), in Node
#
# Expected: DETR's size {shortest_edge: 800, longest_edge: 1333} makes the shortest edge 800 and keeps the longest within
#   1333, as the Python library of the same project does: 640x480 becomes 1066x800, 300x300 becomes 800x800.
# Behaviour: the longest edge always becomes 1333: 1333x999 and 1333x1333.
# Consequence: up to 2.8 times the pixels to compute, and a network sees things at another size than it was trained for.
# In Livelens: server/import/decide/preprocessing/imageProcessor.ts reads the size as Python does (docs/preprocessing.md).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @huggingface/transformers@4.3.2 >/dev/null

cat >probe.mjs <<'EOF'
import { DetrImageProcessor, RawImage } from '@huggingface/transformers';

const processor = new DetrImageProcessor({
  do_resize: true,
  size: { shortest_edge: 800, longest_edge: 1333 },
  do_rescale: true,
  do_normalize: false,
});
const sizes = [];
for (const [width, height] of [[640, 480], [300, 300]]) {
  const picture = new RawImage(new Uint8ClampedArray(width * height * 3), width, height, 3);
  const [, , high, wide] = (await processor(picture)).pixel_values.dims;
  console.log(`${width}x${height} becomes ${wide}x${high}`);
  sizes.push(`${wide}x${high}`);
}
const isSame = `${sizes}` === '1333x999,1333x1333';
console.log(isSame ? 'As described.' : 'CHANGED.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
