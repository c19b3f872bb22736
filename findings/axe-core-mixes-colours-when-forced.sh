#!/usr/bin/env bash
# axe-core 4.14.1 (npm), in the Chromium of this machine (seen in 156) with playwright-core 1.65.1
#
# Expected: with forced colours (high contrast) the rule color-contrast judges what a person sees: text and background
#   in the colours that the browser forces.
# Behaviour: it takes the background that is forced and the text colour that the author wrote. Light grey on black,
#   which is shown as black on white, is reported as light grey on white, contrast 1.35.
# Consequence: a page that can be read well fails its tests in forced colours.
# In Livelens: e2e/harness/axe.ts leaves that rule out in forced colours; e2e/accessibility.spec.ts measures there itself.
set -euo pipefail

chromium=$(command -v chromium || true)
if [ -z "$chromium" ]; then
  echo 'skipped: no chromium on PATH.'
  exit 0
fi
"$chromium" --version 2>/dev/null

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund axe-core@4.14.1 playwright-core@1.65.1 >/dev/null

cat >probe.mjs <<'EOF'
import { chromium } from 'playwright-core';

const PAGE = `<!doctype html><html lang="en"><title>Example</title>
  <body style="background: #000; color: #ddd"><p>Text</p>`;

const browser = await chromium.launch({ executablePath: process.argv[2] });
const page = await browser.newPage();
await page.setContent(PAGE);
await page.addScriptTag({ path: 'node_modules/axe-core/axe.min.js' });

const seen = {};
for (const forcedColors of ['none', 'active']) {
  await page.emulateMedia({ forcedColors });
  seen[forcedColors] = await page.evaluate(async () => {
    const { violations } = await axe.run({ runOnly: ['color-contrast'] });
    const data = violations[0]?.nodes[0]?.any[0]?.data;
    const { color } = getComputedStyle(document.querySelector('p'));
    const { backgroundColor } = getComputedStyle(document.body);
    return {
      shown: `${color} on ${backgroundColor}`,
      reported: data ? `${data.fgColor} on ${data.bgColor}, contrast ${data.contrastRatio}` : 'no fault',
    };
  });
  const { shown, reported } = seen[forcedColors];
  console.log(`forced colours ${forcedColors}: shown ${shown}; axe-core reports ${reported}`);
}
await browser.close();

const isSame =
  seen.none.reported === 'no fault' &&
  seen.active.shown === 'rgb(0, 0, 0) on rgb(255, 255, 255)' &&
  seen.active.reported === '#dddddd on #ffffff, contrast 1.35';
console.log(isSame ? 'As described.' : 'CHANGED: expected a fault of #dddddd on #ffffff where colours are forced.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$chromium"
