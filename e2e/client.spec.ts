import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { codeBlocks } from '../client/testing/examples.ts';
import { openBlankOrigin } from './harness/blankOrigin.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

test('the page in the client README shows what the camera sees', async ({ browsers, server }) => {
  const readme = await readFile(path.join(ROOT, 'client/README.md'), 'utf8');
  const code = codeBlocks(readme, 'js').find((block) => block.includes('getUserMedia'));
  expect(code).toBeDefined();
  const { outputFiles } = await build({
    stdin: { contents: (code ?? '').replace('https://lens.example', server.url), resolveDir: ROOT },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { 'livelens-client': path.join(ROOT, 'client/index.ts') },
    write: false,
  });
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await page.route('**/app.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: outputFiles[0]?.text ?? '' }),
  );
  // A page of the server: a page of a route may open no socket to this machine.
  await openBlankOrigin(page, server.url);
  await page.evaluate(() => {
    const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
    document.body.append(video);
  });
  const labels = page.waitForEvent('console', (message) => message.text().includes('cat '));
  await page.addScriptTag({ type: 'module', url: '/app.js' });
  await labels;
  await page.close();
});
