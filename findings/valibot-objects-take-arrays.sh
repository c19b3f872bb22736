#!/usr/bin/env bash
# valibot 1.5.0 (npm)
#
# Expected: an array is refused, as by "type": "object" of JSON Schema. The documentation says that an input that "is not
#   an object" is an issue (https://valibot.dev/api/strictObject/).
# Behaviour: object, strictObject, looseObject and record take arrays. What comes out is an object: {} where all fields
#   are optional, or the items under "0", "1", ...
# Consequence: "[]" sent in place of settings or a message is taken as one in which nothing was set, without an error.
# In Livelens: messages have required fields, which no array has. ImportOptions (protocol/models.ts), whose fields are
#   all optional, takes "[]" as no options.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund valibot@1.5.0 >/dev/null

cat >probe.mjs <<'EOF'
import * as v from 'valibot';

const threshold = v.optional(v.number());
const cases = [
  ['object', v.object({ threshold }), [0.3], '{}'],
  ['strictObject', v.strictObject({ threshold }), [], '{}'],
  ['looseObject', v.looseObject({ threshold }), [0.3], '{"0":0.3}'],
  ['record', v.record(v.string(), v.number()), [0.3, 0.5], '{"0":0.3,"1":0.5}'],
];
let isSame = true;
for (const [name, schema, input, expected] of cases) {
  const { success, output } = v.safeParse(schema, input);
  const found = success ? JSON.stringify(output) : 'an error';
  console.log(`${name}: ${JSON.stringify(input)} gives ${found}`);
  if (found !== expected) isSame = false;
}
console.log(isSame ? 'As described.' : `CHANGED: expected ${cases.map((one) => one[3]).join(', ')}.`);
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
