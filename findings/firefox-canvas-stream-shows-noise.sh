#!/usr/bin/env bash
# Firefox ESR of this machine (seen in 153.8.0esr, Debian) with puppeteer-core 24.43.1 and pngjs 7.0.0
#
# Expected: privacy.resistFingerprinting falsifies what a page reads from a canvas. A stream of a canvas that is only
#   shown in a <video> tells the page nothing, so it shows what was drawn.
# Behaviour: HTMLCanvasElement.captureStream() plays noise: what people see on the screen is falsified, though the page
#   read nothing.
# Consequence: a page that shows camera pictures by way of a canvas, and a test that uses a canvas as a camera, show
#   stripes in Tor Browser and its kind.
# In Livelens: the page shows the camera's own stream; e2e/engines/pixels.spec.ts plays video files there.
set -euo pipefail

firefox=$(command -v firefox-esr || true)
if [ -z "$firefox" ]; then
  echo 'skipped: no firefox-esr on PATH.'
  exit 0
fi
"$firefox" --version 2>/dev/null

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund puppeteer-core@24.43.1 pngjs@7.0.0 >/dev/null

cat >probe.mjs <<'EOF'
import { PNG } from 'pngjs';
import puppeteer from 'puppeteer-core';

const PAGE = `<!doctype html><title>Example</title><body style="margin: 0">
  <canvas width="320" height="240" style="display: block"></canvas>
  <video width="320" height="240" style="display: block" muted></video>`;

/** Of an element on the screen: the share of pixels that are the green that was drawn, and the number of colours. */
async function seenOf(page, selector) {
  const element = await page.$(selector);
  const { data, width, height } = PNG.sync.read(Buffer.from(await element.screenshot()));
  let green = 0;
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) {
    colours.add(data.readUIntBE(at, 3));
    if (data[at] < 40 && Math.abs(data[at + 1] - 160) < 40 && data[at + 2] < 40) green += 1;
  }
  return { greenShare: green / (width * height), colours: colours.size };
}

async function look(resistFingerprinting) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.argv[2],
    extraPrefsFirefox: { 'privacy.resistFingerprinting': resistFingerprinting },
  });
  try {
    const page = await browser.newPage();
    await page.setContent(PAGE);
    await page.evaluate(async () => {
      const canvas = document.querySelector('canvas');
      const video = document.querySelector('video');
      const context = canvas.getContext('2d');
      const draw = () => {
        context.fillStyle = 'rgb(0, 160, 0)';
        context.fillRect(0, 0, canvas.width, canvas.height);
        requestAnimationFrame(draw);
      };
      draw();
      video.srcObject = canvas.captureStream(30);
      await video.play();
      // Ten frames have been shown.
      for (let i = 0; i < 10; i++) await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    });
    return { canvas: await seenOf(page, 'canvas'), video: await seenOf(page, 'video') };
  } finally {
    await browser.close();
  }
}

const seen = [];
for (const resistFingerprinting of [false, true]) {
  const found = await look(resistFingerprinting);
  for (const [element, { greenShare, colours }] of Object.entries(found)) {
    const percent = Math.round(greenShare * 100);
    console.log(`resistFingerprinting ${resistFingerprinting}: ${element} on the screen ${percent} % green, ${colours} colours`);
    seen.push({ greenShare, colours });
  }
}
const [, , , falsified] = seen;
const isSame =
  seen.slice(0, 3).every(({ greenShare }) => greenShare > 0.95) &&
  falsified.greenShare < 0.5 &&
  falsified.colours > 4;
console.log(isSame ? 'As described.' : 'CHANGED: expected that only the video under resistFingerprinting is not green.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs "$firefox"
