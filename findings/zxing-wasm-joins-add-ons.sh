#!/usr/bin/env bash
# zxing-wasm 3.1.6 (npm), with codes drawn by bwip-js 4.11.4 (npm)
#
# Expected: a book's EAN-13 with its add-on of five digits (the price) gives the article number as `text`, and the add-on
#   apart, as the code's symbology has them: two symbols side by side, each with a length of its own.
# Behaviour: with eanAddOnSymbol "Read" or "Require" `text` and `bytes` are the 18 digits in a row, without a separator. Only
#   `extra`, a text of JSON, has the add-on apart.
# Consequence: whoever looks the text up as an article number finds nothing: 18 digits are none, and no check digit fits.
# In Livelens: vision/codes/ takes the add-on off by `extra` before a number is shown or searched for.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true,"type":"module"}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund zxing-wasm@3.1.6 bwip-js@4.11.4 sharp@0.35.5 >/dev/null

cat >probe.mjs <<'EOF'
import { readFileSync } from 'node:fs';
import bwip from 'bwip-js/node';
import sharp from 'sharp';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const wasmBinary = readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm').buffer;
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
const png = await bwip.toBuffer({ bcid: 'ean13', text: '9780306406157 52250', scale: 3, addongap: 9 });
const { data, info } = await sharp(png)
  .flatten({ background: 'white' })
  .extend({ top: 40, bottom: 40, left: 60, right: 60, background: 'white' })
  .ensureAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const image = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
for (const eanAddOnSymbol of ['Ignore', 'Read', 'Require']) {
  const [code] = await readBarcodes(image, { eanAddOnSymbol });
  console.log(`${eanAddOnSymbol}: ${code?.format} ${code?.text}, extra ${code?.extra || 'none'}`);
}
EOF

seen=$(node probe.mjs)
printf '%s\n' "$seen"
[ "$seen" = 'Ignore: EAN13 9780306406157, extra none
Read: EAN13 978030640615752250, extra {"EanAddOn":"52250"}
Require: EAN13 978030640615752250, extra {"EanAddOn":"52250"}' ] || {
  echo 'changed: this is not what was seen.'
  exit 1
}
