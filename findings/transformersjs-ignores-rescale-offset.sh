#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (npm, transformers.js), in Node
#
# Expected: EfficientNet's `"rescale_offset": true` with `"rescale_factor": 1/127.5` gives values of -1..1, as the Python
#   library of the same project does (it takes 1 off after scaling): black is -1.
# Behaviour: the field is not read: black is 0, white is 2.
# Consequence: all values are off by half of their range; a network's first label changed on 7 of 14 photos.
# In Livelens: server/import/decide/preprocessing/imageProcessor.ts reads the field (docs/preprocessing.md).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @huggingface/transformers@4.3.2 >/dev/null

cat >probe.mjs <<'EOF'
import { EfficientNetImageProcessor, RawImage } from '@huggingface/transformers';

const processor = new EfficientNetImageProcessor({
  do_resize: true,
  size: { height: 8, width: 8 },
  resample: 0,
  do_center_crop: false,
  do_rescale: true,
  rescale_factor: 1 / 127.5,
  rescale_offset: true,
  do_normalize: false,
  include_top: false,
});
const found = [];
for (const value of [0, 255]) {
  const plain = new RawImage(new Uint8ClampedArray(8 * 8 * 3).fill(value), 8, 8, 3);
  found.push((await processor(plain)).pixel_values.data[0].toFixed(2));
}
console.log(`black becomes ${found[0]}, white becomes ${found[1]}`);
const isSame = `${found}` === '0.00,2.00';
console.log(isSame ? 'As described.' : 'CHANGED.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
