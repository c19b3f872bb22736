import { networkInterfaces } from 'node:os';
import { lanAddresses } from '../../server/lan/lanAddresses.ts';
import { ENGINES, whySkipped } from './engine.ts';
import { expect, PATIENTLY, seen, seesLabel, test } from './test.ts';

test.skip(
  lanAddresses(networkInterfaces(), undefined).length === 0,
  'this machine has no address but its own',
);

for (const engine of ENGINES) {
  test.describe(engine, () => {
    test.setTimeout(120_000);
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('by https, with an exception for the certificate: pairing, camera, socket and labels', async ({
      openIn,
      serve,
      cats,
    }) => {
      const server = await serve({ env: { HOST: '', LAN: '1', LAN_NAME: '0' } });
      const invited = await fetch(`http://localhost:${server.port}/v1/lan/phone`, {
        method: 'POST',
        body: '{}',
      });
      const { url } = await invited.json();
      const page = await openIn(engine, { url, camera: cats });
      expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
      await expect.poll(() => page.evaluate(() => window.location.hash), PATIENTLY).toBe('');
      // Who comes by the code said what they want: the page asks for the camera by itself.
      await seen(page).toMatchObject({ state: 'live', place: 'server' });
      await seesLabel(page, 'cat');
    });
  });
}
