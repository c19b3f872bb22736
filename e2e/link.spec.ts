import { startShapedLink } from '../bench/shapedLink.ts';
import { cameraStarts } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

/** 300 ms for a round trip, and room for three pictures a second, which also a busy machine sends. */
const BAD = { delayMs: 150, bitsPerSecond: 300_000 };

test('over a bad link the pictures get smaller until labels come, and the panel says so', async ({
  open,
  server,
}) => {
  const link = await startShapedLink({ target: server.url, up: BAD, down: { delayMs: 150 } });
  try {
    const lens = await open({ url: link.url, camera: 'cat-pan' });
    await cameraStarts(lens);
    await expect(lens.boxes('cat')).toHaveCount(1);
    await lens.page.getByTestId('readout').press('Enter');
    const panel = lens.page.getByRole('region', { name: 'Age of the labels' });
    await panel.locator('summary').click();
    const quality = async () => Number((await panel.textContent())?.match(/Quality(\d+)\s%/)?.[1]);
    // Nothing but the link takes it below 70.
    await expect.poll(quality).toBeLessThan(70);
    const counted = lens.answers.length;
    await expect.poll(() => lens.answers.length).toBeGreaterThan(counted + 10);
    await expect(panel).toContainText(/Quality[1-6]\d\s%: (as the link allows|with fewer colours)/);
    // The page would say that its server is gone.
    await lens.page.goto('about:blank');
  } finally {
    await link.close();
  }
});
