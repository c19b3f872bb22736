#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (npm, transformers.js), in Node
#
# Expected: RT-DETR scores each class by itself with a sigmoid and has no class for "no object": a query whose last class
#   has 0.98 is a detection of that class.
# Behaviour: its outputs are read as DETR's: a softmax over the classes, of which the last is dropped. The last class of a
#   model can never be found, and the scores of the others are not those of the model: 0.73 becomes 0.99.
# Consequence: the last label of a model never appears, without an error; sure and unsure detections change places.
# In Livelens: server/import/decide/outputs/scoredBoxes.ts tells by class and values whether the last column is a label, and
#   the deployed graph reads the outputs so (heads/); this library is not used.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @huggingface/transformers@4.3.2 >/dev/null

cat >probe.mjs <<'EOF'
import { RTDetrImageProcessor, Tensor } from '@huggingface/transformers';

const logits = (scores) => scores.map((score) => Math.log(score / (1 - score)));
const queries = [
  [0.001, 0.001, 0.98],
  [0.73, 0.01, 0.01],
];
const outputs = {
  logits: new Tensor('float32', Float32Array.from(queries.flatMap(logits)), [1, 2, 3]),
  pred_boxes: new Tensor('float32', Float32Array.of(0.5, 0.5, 0.2, 0.2, 0.3, 0.3, 0.2, 0.2), [1, 2, 4]),
};
const processor = new RTDetrImageProcessor({ do_resize: false });
const [{ classes, scores }] = processor.post_process_object_detection(outputs, 0.5);
console.log('in:  class 2 at 0.98, class 0 at 0.73');
console.log(`out: ${classes.map((id, i) => `class ${id} at ${scores[i].toFixed(2)}`).join(', ')}`);
const isSame = `${classes}` === '0' && scores[0].toFixed(2) === '0.99';
console.log(isSame ? 'As described.' : 'CHANGED.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
