import path from 'node:path';
import { axeViolations } from './harness/axe.ts';
import { cameraStarts } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

const LINES = ['Station Road 12', 'Open daily from 9 to 17', 'Total 31.87 EUR', '69', 'Bicycle parking'];
/** The model may have to be loaded first. */
const READ = { timeout: 60_000 };

for (const place of ['server', 'device'] as const) {
  test(`a picture of a sign is read on the ${place}: a line that is tapped is copied, and all lines in their order`, async ({
    open,
  }) => {
    const lens = await open({
      camera: 'none',
      place,
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    const { page } = lens;
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByTestId('picture-input').setInputFiles(path.join(ROOT, 'models/text/goldens/sign.png'));
    await page.getByTestId('models').getByRole('radio', { name: /^Text/ }).check({ force: true });
    const bar = page.getByTestId('text-bar');
    await expect(bar).toContainText('5 lines', READ);

    await bar.getByRole('button', { name: 'Copy all' }).click();
    await expect.poll(clipboard).toBe(LINES.join('\n'));

    const line = page.getByRole('button', { name: 'Station Road 12' });
    const box = await line.boundingBox();
    if (box === null) throw new Error('The line is not shown.');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const sheet = page.getByTestId('action-sheet');
    await sheet.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(clipboard).toBe('Station Road 12');
    expect(await axeViolations(page)).toEqual([]);

    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    await line.press('Enter');
    await expect(sheet).toBeVisible();
  });
}

test('a sign that stands still before the camera is read to its end', async ({ open }) => {
  const lens = await open({ camera: 'sign-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await page.getByTestId('models').getByRole('radio', { name: /^Text/ }).check({ force: true });
  await expect(page.getByTestId('text-bar')).toContainText(`${LINES.length} lines`, READ);
  for (const line of ['Station Road 12', 'Bicycle parking'])
    await expect(page.getByRole('button', { name: line, exact: true })).toBeVisible();
});
