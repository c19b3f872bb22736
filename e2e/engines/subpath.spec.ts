import { ENGINES, whySkipped } from './engine.ts';
import { isAtWork } from './inPage.ts';
import { expect, PATIENTLY, seen, seesLabel, test } from './test.ts';

for (const engine of ENGINES) {
  test.describe(engine, () => {
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('below a path: a cat is named, and the page opens without the server', async ({
      openIn,
      serve,
      cats,
    }) => {
      const server = await serve({ env: { BASE_PATH: '/lens' } });
      const page = await openIn(engine, { url: `${server.url}/`, camera: cats });
      await page.press('Start camera');
      await seesLabel(page, 'cat');
      const calls = await page.evaluate(() => window.livelensCalls);
      expect(calls.toBlob, 'pictures encoded by the page, not by its worker').toBe(0);
      await seen(page).toMatchObject({ offline: 'ready' });
      process.kill(server.pid, 'SIGKILL');
      await expect.poll(() => fetch(server.url).catch(() => 'gone'), PATIENTLY).toBe('gone');
      await page.reload();
      await expect.poll(() => page.evaluate(isAtWork), PATIENTLY).toBe(true);
    });
  });
}
