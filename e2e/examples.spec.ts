import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import { expect, test } from './harness/test.ts';

test('examples/page.ts shows the camera with boxes and names, on a page of another origin', async ({
  browsers,
  serve,
}) => {
  // As "npm run example:page" does, on a free port.
  const examples = fileURLToPath(new URL('../examples', import.meta.url));
  const bundle = await context({
    entryPoints: [`${examples}/page.ts`],
    outdir: examples,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const { port } = await bundle.serve({ host: '127.0.0.1', port: 0, servedir: examples });
  const origin = `http://127.0.0.1:${port}`;
  const server = await serve({ env: { ALLOWED_ORIGINS: origin } });
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await page.addInitScript(() => {
    // What the page writes on its canvas cannot be read from it, only seen.
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      document.body.dataset.written = text;
      fillText.call(this, text, ...rest);
    };
  });
  await page.goto(`${origin}/page.html#${server.url}`);
  await expect(page.locator('body')).toHaveAttribute('data-written', 'cat');
  await page.close();
  await bundle.dispose();
});
