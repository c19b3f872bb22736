import { createHash } from 'node:crypto';
import path from 'node:path';
import { pictureOf, RECTANGLES, swatchesModel, swatchOf } from '../server/testing/swatches/swatchesModel.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';
import { openWorkbench } from './workbench/workbench.ts';

test('a model of a new task with two graphs runs in the browser, and answers as on the server', async ({
  browsers,
  server,
}) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  const tasks = path.join(ROOT, 'server/testing/swatches/tasksWithSwatches.ts');
  await openWorkbench(page, { ...server, models: [], given: [await givenSwatches()], tasks });
  for (const rectangle of RECTANGLES) {
    const png = `data:image/png;base64,${(await pictureOf(rectangle)).toString('base64')}`;
    const { certificate, result } = await page.evaluate(async (url) => {
      const { openDeviceSession, fetchModel, files, picture } = window.workbench;
      const { signal } = new AbortController();
      const tuning = { threads: 1, noGpu: 'not in this test' };
      const session = await openDeviceSession({ model: await fetchModel('swatches'), files, signal, tuning });
      const seen = await session.run(await picture(url), { skipUnchanged: false, isSecondary: false });
      session.close();
      return { certificate: session.certificate, result: seen };
    }, png);
    expect(certificate).toMatchObject({ passes: true, withRecord: { goldens: 2, sameTop: 2, problems: [] } });
    // What server/newTask.long.test.ts expects of the server.
    expect(result.answer).toEqual({ task: 'colour-swatches', swatches: [swatchOf(rectangle)] });
  }
  await page.close();
});

/** As `GET /v1/models/swatches/device` describes it. */
async function givenSwatches() {
  const contents = await swatchesModel();
  const files = new Map<string, Buffer>();
  const add = (name: string) => {
    const bytes = Buffer.from(contents.get(name) ?? '');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    files.set(sha256, bytes);
    return { sha256, bytes: bytes.byteLength };
  };
  const json = (name: string) => JSON.parse(String(contents.get(name)));
  const manifest = json('manifest.json');
  const model = {
    manifest,
    version: 'v1',
    labels: ['red', 'green', 'blue'],
    graphs: { finder: add('graphs/finder.onnx'), reader: add('graphs/reader.onnx') },
    goldens: RECTANGLES.map((_, at) => ({
      image: add(`goldens/${at}.png`),
      expected: json(`goldens/${at}.json`),
    })),
  };
  return { model, files };
}
