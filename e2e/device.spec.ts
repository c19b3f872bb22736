import { expect, test } from './harness/test.ts';
import { openWorkbench } from './workbench/workbench.ts';

test('a model runs in the browser, and its goldens prove it', async ({ browsers, server }) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  const { session, seen, again, aside } = await page.evaluate(async () => {
    const { openDeviceSession, fetchModel, files, picture } = window.workbench;
    const { signal } = new AbortController();
    const opened = await openDeviceSession({ model: await fetchModel(), files, signal });
    const look = async (options: { skipUnchanged: boolean; isAside: boolean }) =>
      opened.run(await picture('/workbench/media/cat.png'), options);
    const { provider, certificate, info } = opened;
    const result = {
      session: { provider, certificate, info, isIsolated: crossOriginIsolated },
      seen: await look({ skipUnchanged: true, isAside: false }),
      again: await look({ skipUnchanged: true, isAside: false }),
      aside: await look({ skipUnchanged: true, isAside: true }),
    };
    opened.close();
    return result;
  });
  expect(session.certificate).toMatchObject({
    holds: true,
    withRecord: { goldens: 4, sameTop: 4, problems: [] },
  });
  expect(session.certificate.withRecord.largestDifference).toBeLessThan(0.001);
  expect(session.provider).toMatchObject({ provider: 'wasm', runtime: 'onnxruntime-web 1.30.0' });
  expect(session.isIsolated, 'threads need it').toBe(true);
  expect(session.info).toMatchObject({ id: 'coco-ssd', input: { width: 300, height: 300 } });
  expect(seen).toMatchObject({ changed: true, detections: [{ label: 'cat' }] });
  expect(again, 'the same picture is not looked at').toEqual({ changed: false, detections: undefined });
  expect(aside.detections, 'but beside the stream it is').toHaveLength(1);
  await page.close();
});
