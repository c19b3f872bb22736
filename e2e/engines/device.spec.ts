import { ENGINES, whySkipped } from './engine.ts';
import { seeDevice } from './inPage.ts';
import { expect, PATIENTLY, seen, seesLabel, test, WHILE_PREPARING } from './test.ts';

for (const engine of ENGINES) {
  test.describe(engine, () => {
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('this device names the cat, its certificate holds, and no socket is opened', async ({
      openIn,
      server,
      cats,
    }) => {
      const page = await openIn(engine, { url: server.url, camera: cats, place: 'device' });
      // From here on the service worker hands out the scripts of workers, and WebKit takes their addresses from it.
      await seen(page).toMatchObject({ offline: 'ready' });
      await page.press('Start camera');
      await seen(page, WHILE_PREPARING).toMatchObject({ state: 'live', place: 'device' });
      await seesLabel(page, 'cat');
      expect((await page.evaluate(() => window.livelensCalls)).sockets).toBe(0);

      await page.pressElement('[data-testid="place"]');
      await expect
        .poll(() => page.evaluate(seeDevice), PATIENTLY)
        .toMatchObject({ phase: 'ready', passes: 'true' });
      console.log(`    ${(await page.evaluate(seeDevice)).words.replaceAll(/\s+/g, ' ')}`);
    });

    test('the server is killed: this device goes on, and the server is asked again when it is back', async ({
      openIn,
      serve,
      cats,
    }) => {
      const server = await serve();
      const page = await openIn(engine, { url: server.url, camera: cats, place: 'auto' });
      await page.press('Start camera');
      await seen(page, WHILE_PREPARING).toMatchObject({ state: 'live', device: 'ready' });
      process.kill(server.pid, 'SIGKILL');
      await seen(page).toMatchObject({ place: 'device', labels: expect.arrayContaining(['cat']) });
      await serve({ env: { PORT: String(server.port) } });
      await seen(page, WHILE_PREPARING).toMatchObject({
        place: 'server',
        labels: expect.arrayContaining(['cat']),
      });
    });
  });
}
