#!/usr/bin/env bash
# knip 6.42.0 (npm)
#
# Expected: with `--production`, an entry that ends in `!` is product code, whatever other entries say.
# Behaviour: an entry without `!` that matches the same file cancels it, without a word. What only that file imports is then
#   reported as unused, though the same configuration without the second entry finds nothing.
# Consequence: product code looks dead, and someone deletes it.
# In Livelens: knip.json lists the scripts for development by name.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir -p src scripts
printf '{"name":"example","private":true,"type":"module"}\n' >package.json
printf 'console.log(1);\n' >src/main.ts
printf 'export const answer = 42;\n' >src/lib.ts
printf "import { answer } from '../src/lib.ts';\nconsole.log(answer);\n" >scripts/start.ts
printf 'console.log(2);\n' >scripts/other.ts
npm install --ignore-scripts --no-audit --no-fund --no-save knip@6.42.0 typescript@5.9.3 @types/node@24 >/dev/null

unused() {
  printf '{"entry":%s,"project":["src/**/*.ts!","scripts/**/*.ts!"]}\n' "$1" >knip.json
  npx knip --production --include files --reporter json 2>/dev/null | grep -o 'src/lib.ts' | head -1 || true
}
alone=$(unused '["src/main.ts!","scripts/start.ts!"]')
with=$(unused '["src/main.ts!","scripts/start.ts!","scripts/*.ts"]')
echo "unused files without the glob: ${alone:-none}; with it: ${with:-none}"
if [ -z "$alone" ] && [ "$with" = 'src/lib.ts' ]; then
  echo 'As described.'
else
  echo 'CHANGED: expected src/lib.ts to be reported with the glob only.'
  exit 1
fi
