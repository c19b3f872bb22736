import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { onnx } from '../server/import/onnx/onnxProto/onnx.js';
import { publish, renamed } from '../server/testing/modelFixtures.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';
import { openWorkbench, reopenWorkbench } from './workbench/workbench.ts';

const SHIPPED = 'coco-ssd';
const stateOf = (page: Page) =>
  page.evaluate((id) => window.workbench.device.store.getState().models[id], SHIPPED);
/** Opens the model that is used when none is named, and says what it sees in the picture of a cup. */
const look = (page: Page) =>
  page.evaluate(async () => {
    const { device, picture, labelsOf } = window.workbench;
    const session = await device.open(undefined, new AbortController().signal);
    const options = { skipUnchanged: false, isSecondary: true };
    const { answer } = await session.run(await picture('/workbench/media/cup.png'), options);
    return labelsOf(answer)?.map(({ label }) => label);
  });

test('a model comes to the device, is proven, and is there at the next visit without the server', async ({
  browsers,
  server,
}) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const context = await browser.newContext();
  const page = await context.newPage();
  await openWorkbench(page, { url: server.url });
  expect(await look(page)).toContain('cup');
  const first = await stateOf(page);
  expect(first).toMatchObject({ phase: { kind: 'ready' }, certificate: { passes: true } });
  expect(first?.certificate?.withServer, 'the server sent its answers').toMatchObject({ problems: [] });
  // The graph, with weights of float16, and the goldens.
  expect(first?.bytes).toBeGreaterThan(8e6);

  const asked: string[] = [];
  await context.route('**/v1/**', (route) => {
    asked.push(route.request().url());
    return route.abort();
  });
  await reopenWorkbench(page);
  expect(await look(page)).toContain('cup');
  expect(asked, 'which model is the first one').toEqual([`${server.url}/v1/models`]);
  expect(await page.evaluate(() => window.workbench.device.info().map(({ id }) => id))).toEqual([SHIPPED]);
  const { isPersistent, storage } = await page.evaluate(() => window.workbench.device.store.getState());
  expect(isPersistent).toBe(true);
  // The runtime counts, too.
  expect(storage?.usedBytes).toBeGreaterThanOrEqual(first?.bytes ?? Number.POSITIVE_INFINITY);

  await page.evaluate(() => window.workbench.device.clear());
  const left = await page.evaluate(async () => (await (await caches.open('livelens-models')).keys()).length);
  expect(left).toBe(0);
  await context.close();
});

test('a version that goes live takes over here; one of other bytes, or that does not agree here, does not', async ({
  browsers,
  serve,
}) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  await cp(path.join(ROOT, 'models'), dir, { recursive: true });
  const folder = path.join(dir, SHIPPED);
  // Other tests run at the same time, while the server measures whether a new version is slower.
  const server = await serve({ env: { MODELS_DIR: dir } });
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const context = await browser.newContext();
  const page = await context.newPage();
  await openWorkbench(page, { url: server.url });
  expect(await look(page)).toContain('cup');
  await page.evaluate(() => window.workbench.device.watch());

  await publish(folder, await renamed('cup', 'mug'));
  await expect.poll(() => look(page), { timeout: 60_000 }).toContain('mug');
  const good = await stateOf(page);
  expect(good).toMatchObject({ phase: { kind: 'ready' }, certificate: { passes: true }, update: undefined });

  // Other bytes come than the server announced.
  await context.route('**/files/**', async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1;
    return route.fulfill({ response, body });
  });
  await publish(folder, { 'model.onnx': await otherBytes('of another hash') });
  const phase = async () => (await stateOf(page))?.update?.phase;
  await expect.poll(phase, { timeout: 60_000 }).toMatchObject({ kind: 'failed', code: 'hash' });
  expect(await stateOf(page)).toMatchObject({ version: good?.version, phase: { kind: 'ready' } });
  await context.unroute('**/files/**');

  // Goldens that this browser does not agree with.
  await context.route('**/device', async (route) => {
    const response = await route.fetch();
    const text = (await response.text()).replaceAll('"label":"mug"', '"label":"cat"');
    return route.fulfill({ response, body: text });
  });
  await publish(folder, { 'model.onnx': await otherBytes('that does not agree') });
  await expect.poll(phase, { timeout: 60_000 }).toMatchObject({ kind: 'unproven' });
  expect(await stateOf(page)).toMatchObject({ version: good?.version, phase: { kind: 'ready' } });
  expect(await look(page), 'the one before goes on').toContain('mug');

  await context.close();
  await rm(dir, { recursive: true });
});

/** The shipped graph with a note: other bytes, the same answers. */
async function otherBytes(docString: string): Promise<Uint8Array> {
  const { ModelProto } = onnx;
  const model = ModelProto.decode(await readFile(path.join(ROOT, 'models', SHIPPED, 'model.onnx')));
  model.docString = docString;
  return ModelProto.encode(model).finish();
}
