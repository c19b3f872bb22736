import { tinyClassifier } from '../server/import/testing/modelsForTests.ts';
import { modelGiving } from '../server/import/testing/outputsForTests.ts';
import { photoPath } from './footage/footage.ts';
import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { copyPages } from './harness/pagesCopy.ts';
import { looksRight, surround } from './harness/surroundings.ts';
import { expect } from './harness/test.ts';
import { test } from './harness/twoModels.ts';
import { videoOf } from './harness/videoOf.ts';

/** An import is checked in a process of its own; a device loads and proves its model. */
const SLOW = { timeout: 60_000 };

const PLACE = 'Where labels come from';

const panel = ({ page }: Lens, name: string) => page.getByRole('dialog', { name });

/** Focus is where `opener` is after Escape closed what it opened. */
async function closesWithEscape(lens: Lens, name: string, opener: string): Promise<void> {
  await lens.page.keyboard.press('Escape');
  await expect(panel(lens, name)).toBeHidden();
  await expect(lens.page.getByRole('button', { name: opener })).toBeFocused();
}

test('first visit, camera blocked', async ({ open }) => {
  const lens = await open({ answer: 'deny' });
  await expect(lens.main).toHaveAttribute('data-state', 'welcome');
  await looksRight(lens, 'welcome');
  await lens.page.getByRole('button', { name: 'Start camera' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'denied');
  await looksRight(lens, 'camera blocked');
});

test('the browser asks; an address that is not there', async ({ open, server }) => {
  const lens = await open({
    before: () => {
      navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
    },
    expectedErrors: /404/,
  });
  await expect(lens.main).toHaveAttribute('data-state', 'asking');
  await expect(lens.says(/camera/i)).toBeVisible();
  await looksRight(lens, 'asking');
  await lens.page.goto(`${server.url}/not-here`);
  await expect(lens.page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  await looksRight(lens, 'not found');
});

test('no camera; a picture, a file that is neither', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
  await expect(lens.says(/camera/i)).toBeVisible();
  await expect(lens.page.getByRole('button', { name: /picture/i }).first()).toBeVisible();
  await looksRight(lens, 'no camera');
  await lens.page.getByTestId('picture-input').setInputFiles(photoPath('cat'));
  await expect(lens.boxes('cat')).toHaveCount(1);
  await looksRight(lens, 'picture');
  const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
  await lens.page.getByTestId('picture-input').setInputFiles(text);
  await expect(lens.says(/not a picture/i)).toBeVisible();
  await looksRight(lens, 'notice');
});

test('two models live, and all that opens from there', async ({ open, serve, modelsDir }) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await page.getByRole('button', { name: /Also .*Colours/ }).click();
  await looksRight(lens, 'live');

  await page.getByRole('button', { name: 'Source' }).click();
  await expect(page.getByRole('menuitem', { name: 'Camera' })).toBeFocused();
  await looksRight(lens, 'sources');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Source' })).toBeFocused();

  await page.getByTestId('readout').click();
  await looksRight(lens, 'stream panel', { isWithin: true });
  await page.getByTestId('stream-panel').locator('summary').click();
  await looksRight(lens, 'stream panel, details');
  // The panel scrolls, so words that run over their neighbours are seen by none of the rules.
  await page.setViewportSize({ width: 390, height: 844 });
  const facts = page.getByTestId('stream-panel').locator('dl > div');
  await expect(facts.filter({ hasText: 'Quality' })).toHaveCount(1);
  const wide = (all: Element[]) =>
    all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent);
  await expect.poll(() => facts.evaluateAll(wide)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('readout')).toBeFocused();

  await surround(page, { name: 'laptop', width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Help' }).click();
  await looksRight(lens, 'help');
  await closesWithEscape(lens, 'Help', 'Help');

  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'stopped');
  await looksRight(lens, 'stopped');
});

test('the panel of models, and a model that comes in without names', async ({ open, serve, modelsDir }) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({
    url: server.url,
    fragment: `#${await server.adminFragment()}`,
    camera: 'cat-still',
  });
  const { page } = lens;
  await cameraStarts(lens);
  await page.getByRole('button', { name: 'Models' }).click();
  await expect(panel(lens, 'Models').getByText('Drop a model here')).toBeVisible();
  await looksRight(lens, 'models', { isWithin: true });
  await page.locator('[data-model="coco-ssd"]').locator('summary').click();
  await looksRight(lens, 'models, details', { isWithin: true });
  await page.locator('[data-model="colours"]').getByRole('button', { name: 'Remove …' }).click();
  await looksRight(lens, 'models, remove');
  await page.locator('[data-model="colours"]').getByRole('button', { name: 'Keep' }).click();

  const add = (name: string, buffer: Buffer) =>
    page.getByTestId('model-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  await add('broken.onnx', Buffer.from('no model'));
  await expect(panel(lens, 'Models').getByRole('alert')).toBeVisible(SLOW);
  await looksRight(lens, 'not a model');
  await panel(lens, 'Models').getByRole('button', { name: 'Close' }).last().click();
  await add('tiny.onnx', Buffer.from(tinyClassifier()));
  await expect(page.getByTestId('report')).toBeVisible(SLOW);
  await looksRight(lens, 'report', { isWithin: true });
  for (const summary of await page.getByTestId('report').locator('summary').all()) await summary.click();
  await looksRight(lens, 'report, details');
  await panel(lens, 'Models').getByRole('button', { name: 'Discard' }).click();

  const outputs = [
    { name: 'StatefulPartitionedCall/model_1/age_pred/BiasAdd', shape: [1] },
    { name: 'gender_pred/Softmax', shape: [2], ends: 'Softmax' },
    { name: 'embedding', shape: [128] },
  ] as const;
  await add('faces.onnx', Buffer.from(modelGiving(outputs)));
  const choice = page.getByTestId('import-choice');
  await expect(choice).toBeVisible(SLOW);
  await choice.getByRole('radio', { name: 'gender_pred/Softmax' }).check();
  await looksRight(lens, 'several outputs asked');
  await choice.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByTestId('dropped')).toBeVisible(SLOW);
  await looksRight(lens, 'report, one of several outputs');
  await closesWithEscape(lens, 'Models', 'Models');
});

test('a token is asked for; who may not change models reads how to get the right', async ({
  open,
  serve,
  modelsDir,
}) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir, TOKEN: 'let me in, please' } });
  const lens = await open({ url, expectedErrors: /401|403/ });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(lens.says(/asks for a token/)).toBeVisible();
  await looksRight(lens, 'token');
  await page.getByLabel('Token', { exact: true }).fill('let me in, please');
  await page.getByRole('button', { name: 'Use token' }).click();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await page.getByRole('button', { name: 'Models' }).click();
  await page.getByLabel('Operator’s token').fill('not this one, I think');
  await page.getByRole('button', { name: 'Use token' }).click();
  await expect(panel(lens, 'Models').getByRole('alert')).toContainText('token is not valid');
  await looksRight(lens, 'models, no right');
});

test('a video file; presenting', async ({ open }) => {
  const lens = await open({
    camera: 'none',
    before: () => {
      // A window in full screen keeps its size.
      Object.defineProperty(Element.prototype, 'requestFullscreen', { value: undefined });
    },
  });
  const { page } = lens;
  const video = await videoOf('crowd', page);
  await page
    .getByTestId('video-input')
    .setInputFiles({ name: 'crowd.webm', mimeType: 'video/webm', buffer: video });
  await expect(lens.boxes('person').nth(1)).toBeAttached();
  await looksRight(lens, 'video');
  await page.keyboard.press('p');
  await expect(page.getByRole('button', { name: 'Leave presentation' })).toBeFocused();
  await looksRight(lens, 'presenting');
});

test('a browser that hides pixels', async ({ open }) => {
  const lens = await open({
    // What its user agent says decides over the words; these are the longest.
    context: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' },
    before: () => {
      // As Firefox does it, which e2e/engines/pixels.spec.ts drives; the page encodes, where a script of a test reaches.
      for (const name of ['OffscreenCanvas', 'VideoFrame']) Reflect.deleteProperty(window, name);
      CanvasRenderingContext2D.prototype.getImageData = (_x, _y, width, height) =>
        new ImageData(new Uint8ClampedArray(4 * width * height).fill(255), width, height);
    },
  });
  await cameraStarts(lens);
  await expect(lens.says(/hides the picture/)).toBeVisible();
  await looksRight(lens, 'pixels hidden');
});

test('a new version of the page, a server that is gone and a notice at once lie below each other', async ({
  open,
  serve,
}) => {
  const pages = await copyPages();
  try {
    const first = await serve({ cwd: pages.cwd });
    const lens = await open({
      url: first.url,
      context: { serviceWorkers: 'allow' },
      expectedErrors: /WebSocket|ERR_|Failed to (load|fetch)/,
    });
    const { page } = lens;
    await cameraStarts(lens);
    await expect(lens.main).toHaveAttribute('data-offline', 'ready', SLOW);
    await first.close();
    await pages.rebuild((html) => html.replace('<head>', '<head><meta name="edition" content="second"/>'));
    const second = await serve({ cwd: pages.cwd, env: { PORT: String(first.port) } });
    await page.reload();
    await cameraStarts(lens);
    await expect(page.getByTestId('update')).toBeVisible(SLOW);
    await looksRight(lens, 'update');
    await second.close();
    await expect(lens.says(/lost|reached/i)).toBeVisible();
    const messages = [
      page.getByRole('button', { name: 'Try now' }),
      page.getByRole('button', { name: 'Later' }),
    ];
    for (const message of messages) await expect(message).toBeVisible();
    await page
      .getByTestId('picture-input')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
    await expect(lens.says(/not a picture/i)).toBeVisible();
    await looksRight(lens, 'three messages');
  } finally {
    await pages.remove();
  }
});

test('the device answers: where labels come from', async ({ open }) => {
  const lens = await open({ place: 'device' });
  await cameraStarts(lens);
  const badge = lens.page.getByTestId('place');
  await expect(badge).toHaveAttribute('data-device', 'ready', SLOW);
  await badge.click();
  await expect(lens.page.getByTestId('certificate')).toBeVisible();
  await looksRight(lens, 'place', { isWithin: true });
  for (const summary of await panel(lens, PLACE).locator('summary').all()) await summary.click();
  await looksRight(lens, 'place, details');
  const model = lens.page.locator('[data-device-model="coco-ssd"]');
  await expect(model).toContainText('In use');
  await lens.page.keyboard.press('Escape');
  await expect(badge).toBeFocused();

  // What is said of what goes on is true only while it goes on.
  await lens.page.getByRole('button', { name: 'Stop' }).click();
  await badge.click();
  await expect(panel(lens, PLACE)).toContainText('Nothing is being analysed');
  await expect(panel(lens, PLACE)).not.toContainText(/in use/i);
  await expect(model).toContainText(/Ready|Stored on this device/);
});

test('the server is full, then gone', async ({ open, serve }) => {
  const server = await serve({ env: { MAX_SESSIONS: '1' } });
  const first = await open({ url: server.url });
  await cameraStarts(first);
  await expect(first.boxes('cat')).toHaveCount(1);
  const lens = await open({ url: server.url, expectedErrors: /WebSocket|ERR_|Failed to load/ });
  await cameraStarts(lens);
  await expect(lens.main).toHaveAttribute('data-connection', 'busy');
  await looksRight(lens, 'server full');
  await lens.page.getByTestId('place').click();
  await expect(panel(lens, PLACE)).toContainText('No labels are coming right now');
  await expect(panel(lens, PLACE)).not.toContainText(/in use/i);
  await lens.page.keyboard.press('Escape');
  await first.context.close();
  await expect(lens.main).toHaveAttribute('data-connection', 'open', SLOW);
  await server.close();
  await expect(lens.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(lens.says(/lost|reached/i)).toBeVisible();
  await looksRight(lens, 'server gone');
});

test('two cameras to choose from', async ({ open }) => {
  const lens = await open({ camera: 'two' });
  await cameraStarts(lens);
  await expect(lens.page.getByRole('combobox', { name: 'Camera' })).toBeVisible();
  await looksRight(lens, 'two cameras');
  // The list stands in the row of the readout, which has less room for it from one width to the next.
  for (const width of [330, 340, 360, 375, 400, 412, 430, 480, 560, 639, 640, 768, 860]) {
    await surround(lens.page, { name: `${width} wide`, width, height: 700 });
    expect.soft(await lens.page.evaluate(layoutFaults), `${width} wide`).toEqual([]);
  }
});
