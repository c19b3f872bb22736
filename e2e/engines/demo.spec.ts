import { ENGINES, type EnginePage, whySkipped } from './engine.ts';
import { expect, PATIENTLY, seen, seesLabel, test, WHILE_PREPARING } from './test.ts';

/** Both photos of the footage come in turn. */
const ONE_TURN = { ...PATIENTLY, timeout: 60_000 };

for (const engine of ENGINES) {
  test.describe(engine, () => {
    test.setTimeout(180_000);
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('the demo plays, says that it is footage, and gets labels from the server and on this device', async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      await page.press('Demo');
      await seen(page).toMatchObject({ state: 'live', source: 'demo' });
      await expect.poll(() => badgeOf(page), PATIENTLY).toBe('Built-in footage, not your camera');
      await seesLabel(page, 'cup');
      await seen(page, ONE_TURN).toMatchObject({ labels: expect.arrayContaining(['cat']) });
      await page.pressElement('[data-testid="place"]');
      await page.pressElement('label:has(input[value="device"])');
      await seen(page, WHILE_PREPARING).toMatchObject({
        place: 'device',
        labels: expect.arrayContaining(['cup']),
      });
    });
  });
}

test.describe('a Firefox that falsifies what is drawn on a canvas', () => {
  test.setTimeout(120_000);
  const why = whySkipped('firefox', process.env);
  test.skip(why !== undefined, why);

  test('the demo is not shown as noise: the page says why, and shows it when a person allows it', async ({
    openIn,
    firefoxWith,
    server,
  }) => {
    const firefox = await firefoxWith({ 'privacy.resistFingerprinting': true });
    const page = await openIn(firefox, { url: server.url });
    await seen(page).toMatchObject({ pixels: 'none' });
    await page.press('Demo');
    await expect.poll(() => noticeOf(page), PATIENTLY).toContain('Your browser hides the demo');
    await expect.poll(() => firefox.asksForCanvas(), PATIENTLY).toBe(true);
    await seen(page).toMatchObject({ state: 'welcome' });

    await firefox.allowCanvas(server.url);
    await page.press('Demo');
    await seen(page).toMatchObject({ state: 'live', source: 'demo', pixels: 'canvas' });
    await seesLabel(page, 'cup');
  });
});

const badgeOf = (page: EnginePage) =>
  page.evaluate(() => document.querySelector<HTMLElement>('[data-testid="demo-badge"]')?.innerText ?? '');

const noticeOf = (page: EnginePage) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[role="status"], [role="alert"]')]
      .map((element) => element.innerText)
      .join('\n'),
  );
