import type { Page } from 'playwright';
import { axeViolations } from './harness/axe.ts';
import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

const figure = (page: Page, id: string) => page.locator(`[data-figure="${id}"] b`);

test('the status page shows a server under load, for who may see it, on a phone and a laptop', async ({
  open,
  serve,
}) => {
  const ADMIN_TOKEN = 'a token of sixteen or more';
  const server = await serve({ env: { ADMIN_TOKEN } });
  const lens = await open({ url: server.url, expectedErrors: /ERR_CONNECTION|WebSocket/ });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);

  const { page } = await open({
    url: server.url,
    fragment: 'status',
    context: { viewport: { width: 390, height: 844 } },
    expectedErrors: /403|ERR_CONNECTION/,
  });
  const main = page.locator('main');
  await expect(main).toHaveAttribute('data-state', 'refused');
  await expect(page.getByText(/npm run models -- link/)).toBeVisible();
  const field = page.getByLabel('Operator’s token');
  await field.fill('not that one');
  await field.press('Enter');
  await expect(main.getByRole('alert')).toBeVisible();
  await field.fill(ADMIN_TOKEN);
  await field.press('Enter');
  await expect(main).toHaveAttribute('data-state', 'shown');

  await expect(figure(page, 'sessions')).toHaveText('1');
  await expect(figure(page, 'workers')).toHaveText('1');
  await expect.poll(async () => Number(await figure(page, 'labelled').textContent())).toBeGreaterThan(0);
  await expect(figure(page, 'age')).toHaveText(/^[\d.]+ ms$/);
  await expect(page.getByRole('img', { name: /^p50: now .* p95: now .* in the last minutes/ })).toHaveCount(
    4,
  );
  await expect(page.getByText('coco-ssd').or(page.getByText('COCO-SSD')).first()).toBeVisible();
  // What a screen reader and a keyboard get of a plot.
  await page.getByText('Show as a table').first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Labels' })).toBeVisible();
  // So tall that the rules see all of a page that scrolls.
  for (const size of [
    { width: 390, height: 4_000 },
    { width: 1280, height: 2_400 },
  ]) {
    await page.setViewportSize(size);
    expect.soft(await page.evaluate(layoutFaults)).toEqual([]);
    expect.soft(await axeViolations(page)).toEqual([]);
  }
  // Nothing of what the camera saw, and no one's address.
  expect(await main.innerText()).not.toMatch(/\bcat\b|127\.0\.0\.1/);

  await server.close();
  await expect(main.getByRole('status')).toHaveText(/can’t be reached/);
});
