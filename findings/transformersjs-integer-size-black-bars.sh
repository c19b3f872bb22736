#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (npm, transformers.js), in Node
#
# Expected: `"size": 224` with `"crop_size": 224` and `"do_center_crop": true`, the published form of OpenAI's CLIP, scales
#   the shortest edge to 224 and cuts the middle, as the Python library of the same project reads it.
# Behaviour: the longest edge becomes 224, and what is missing to 224x224 is filled with black: a picture of 640x480 gets
#   bars above and below.
# Consequence: a network sees bars and smaller things; its first label changed on 9 of 14 photos with a MobileNetV2.
# In Livelens: server/import/decide/preprocessing/imageProcessor.ts reads the number as Python does (docs/preprocessing.md).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @huggingface/transformers@4.3.2 >/dev/null

cat >probe.mjs <<'EOF'
import { CLIPImageProcessor, RawImage } from '@huggingface/transformers';

const processor = new CLIPImageProcessor({
  do_resize: true,
  size: 224,
  do_center_crop: true,
  crop_size: 224,
  resample: 3,
  do_rescale: true,
  do_normalize: false,
});
const plain = new RawImage(new Uint8ClampedArray(640 * 480 * 3).fill(255), 640, 480, 3);
const { dims, data } = (await processor(plain)).pixel_values;
const column = Array.from({ length: 224 }, (_, y) => data[y * 224 + 112]);
const black = column.filter((value) => value === 0).length;
console.log(`white 640x480 becomes [${dims}]; of 224 pixels from top to bottom ${black} are black`);
const isSame = `${dims}` === '1,3,224,224' && black > 50;
console.log(isSame ? 'As described.' : 'CHANGED.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
