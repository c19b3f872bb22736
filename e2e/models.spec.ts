import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import type { Locator } from 'playwright';
import { onnx } from '../server/import/onnx/onnxProto/onnx.js';
import {
  IMAGENET,
  solidPicture,
  tinyClassifier,
  trainedModel,
} from '../server/import/testing/modelsForTests.ts';
import { modelGiving } from '../server/import/testing/outputsForTests.ts';
import type { addTowers } from '../server/import/testing/words/addTowers.ts';
import { addColourModel } from '../server/testing/modelFixtures.ts';
import { type Box, iou } from '../vision/geometry.ts';
import { importApart } from './harness/importApart.ts';
import { cameraStarts, type Lens, VIEWPORT } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { ROOT } from './harness/root.ts';
import type { ServerOptions } from './harness/server.ts';
import { test as base, expect } from './harness/test.ts';
import truth from './media/truth.json' with { type: 'json' };

interface ModelsFixtures {
  /** A server with models of its own to change, and the page open on it. */
  openWithModels: (
    options?: ServerOptions & {
      camera?: 'cat-still';
      prepare?: (modelsDir: string) => Promise<void>;
      /** The page is opened by a link that gives the right to change models; so by default. */
      hasLink?: boolean;
    },
  ) => Promise<Lens>;
}

const test = base.extend<ModelsFixtures>({
  openWithModels: async ({ serve, open }, use) => {
    const dirs: string[] = [];
    await use(async ({ env, camera = 'cat-still', prepare, hasLink = true } = {}) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
      dirs.push(dir);
      await cp(path.join(ROOT, 'models'), dir, { recursive: true });
      await prepare?.(dir);
      // Other tests run at the same time, while the server measures whether a new version is slower.
      const server = await serve({ env: { ...env, MODELS_DIR: dir } });
      const fragment = hasLink ? `#${await server.adminFragment()}` : '';
      return open({ url: server.url, camera, fragment });
    });
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  },
});

/** Checking a model and trying it takes its time on a small machine. */
const CHECKED = { timeout: 60_000 };

const panel = ({ page }: Lens) => page.getByRole('dialog', { name: 'Models' });
const card = (lens: Lens, id: string) => panel(lens).locator(`[data-model="${id}"]`);
const mode = ({ page }: Lens, name: RegExp) => page.getByRole('radio', { name });
const names = ({ page }: Lens, label?: string) =>
  page.locator(`[data-testid="label-name"]${label === undefined ? '' : `[data-label="${label}"]`}`);

/** The labels of the network that ships; the models below are that network in other clothes. */
const labelsFile = () => readFile(path.join(ROOT, 'models/coco-ssd/labels.txt'));

async function dropFile(on: Locator, name: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await on.page().evaluateHandle(
    ({ fileName, base64 }) => {
      const data = new DataTransfer();
      data.items.add(
        new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], fileName),
      );
      return data;
    },
    { fileName: name, base64: bytes.toString('base64') },
  );
  for (const event of ['dragenter', 'dragover', 'drop']) await on.dispatchEvent(event, { dataTransfer });
}

const NOWHERE: Box = [0, 0, 0, 0];

/** The one box on the screen, in 0..1 of the picture that is shown. */
async function boxOnPicture({ page, boxes }: Lens): Promise<Box> {
  const rect = await rectOf(boxes());
  const shown = await page.getByTestId('picture').getAttribute('data-content-rect');
  const [x = 0, y = 0, width = 1, height = 1] = (shown ?? '').split(',').map(Number);
  return [(rect.x - x) / width, (rect.y - y) / height, rect.width / width, rect.height / height];
}

async function openPanel(lens: Lens): Promise<void> {
  await lens.page.getByRole('button', { name: 'Models' }).click();
  await expect(panel(lens)).toBeVisible();
}

/** What stands where a model can be added. */
const door = (lens: Lens) => panel(lens).getByText('Drop a model here');

/** Opens what stands behind one press. */
const openDetails = (root: Locator, options = {}) =>
  root.locator('details:not([open]) > summary').last().click(options);

async function chooseFile(lens: Lens, name: string, bytes: Uint8Array): Promise<void> {
  const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
  await expect(door(lens)).toBeVisible();
  await lens.page.getByTestId('model-input').setInputFiles(file);
  await expect(door(lens), 'the panel took the file').toHaveCount(0);
}

declare global {
  interface Window {
    releaseFirstList?: () => void;
  }
}

/** Runs in the page: it gets the first list of models only when `releaseFirstList` is called. */
function holdFirstList(): void {
  const { fetch } = window;
  let isFirst = true;
  window.fetch = async (...request) => {
    const isHeld = isFirst && String(request[0]).endsWith('/v1/models');
    if (isHeld) isFirst = false;
    const response = await fetch(...request);
    if (isHeld) {
      await new Promise<void>((resolve) => {
        window.releaseFirstList = resolve;
      });
    }
    return response;
  };
}

test('a model comes in through the page: checked, corrected, tried, and then used', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(mode(lens, /.*/), 'what ships, and nothing else').toHaveCount(5);
  await openPanel(lens);
  await expect(card(lens, 'coco-ssd')).toContainText(/agrees with tfjs/i);

  await chooseFile(lens, 'what-is-it.onnx', await trainedModel({ preparation: IMAGENET, gives: 'logits' }));
  const report = lens.page.getByTestId('report');
  await expect(report).toBeVisible(CHECKED);
  await expect(report).toContainText('Image classification');
  await expect(report.getByTestId('verdict')).toHaveText('It runs, but its answers have no names yet.');
  await expect(report.getByRole('img', { name: 'Sample picture: cat' })).toBeVisible();
  await openDetails(report);
  await expect(report.getByText('assumed', { exact: true }).first()).toBeVisible();
  await lens.page.getByTestId('labels-input').setInputFiles({
    name: 'labels.txt',
    mimeType: 'text/plain',
    buffer: await labelsFile(),
  });
  await report.getByLabel('Name', { exact: true }).fill('What is it');
  await report.getByRole('button', { name: /check again with 2 changes/i }).click();
  await expect(report.getByRole('heading', { name: 'What is it' })).toBeVisible(CHECKED);
  await expect(report.getByRole('listitem').filter({ hasText: /^cat/ }).first()).toContainText(/cat\d+%/);

  // Closed in the middle, it goes on.
  await report.getByRole('button', { name: 'Make it live' }).click();
  await lens.page.keyboard.press('Escape');
  await expect(panel(lens)).toBeHidden();
  await expect(mode(lens, /What is it/)).toBeChecked(CHECKED);
  await expect(names(lens, 'cat')).toHaveCount(1, CHECKED);
  await expect(lens.boxes()).toHaveCount(0);
  // What it does not see is dimmed. The window is 4:3; a crop of 7/8 for 300 pixels scales the shortest side to 342,
  // and cuts 300 from the middle.
  const seen = await lens.page.getByTestId('seen-part').boundingBox();
  const sidePx = (VIEWPORT.height * 300) / 342;
  const expected = [(VIEWPORT.width - sidePx) / 2, (VIEWPORT.height - sidePx) / 2, sidePx, sidePx];
  for (const [index, px] of [seen?.x, seen?.y, seen?.width, seen?.height].entries()) {
    expect(px).toBeCloseTo(expected[index] ?? 0, 0);
  }
  await expect(lens.page.getByTestId('announcer')).toContainText('cat', CHECKED);

  // Back and forth from the keyboard, at once; a reload remembers.
  await mode(lens, /What is it/).focus();
  for (const _ of ['My things', 'Codes', 'Text', 'Objects']) await lens.page.keyboard.press('ArrowLeft');
  await expect(mode(lens, /^Objects/)).toBeChecked();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(names(lens)).toHaveCount(0);
  for (const _ of ['Text', 'Codes', 'My things', 'What is it']) await lens.page.keyboard.press('ArrowRight');
  await expect(names(lens, 'cat')).toHaveCount(1);
  await lens.page.reload();
  await cameraStarts(lens);
  await expect(mode(lens, /What is it/)).toBeChecked();
  await expect(names(lens, 'cat')).toHaveCount(1);

  // Verified, then removed: the lens goes on with the other.
  await openPanel(lens);
  await openDetails(card(lens, 'what-is-it'));
  await card(lens, 'what-is-it').getByRole('button', { name: 'Verify' }).click();
  await expect(card(lens, 'what-is-it').getByRole('status')).toContainText(
    /same best answer on 4 of 4/,
    CHECKED,
  );
  await card(lens, 'what-is-it').getByRole('button', { name: 'Remove …' }).click();
  await card(lens, 'what-is-it').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(card(lens, 'what-is-it')).toHaveCount(0);
  await lens.page.keyboard.press('Escape');
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(mode(lens, /.*/), 'what ships').toHaveCount(5);
});

test('a second model of the same name is added next to the first, or replaces it', async ({
  openWithModels,
}) => {
  const prepare = (modelsDir: string) => addColourModel(modelsDir, 'image-classification');
  const lens = await openWithModels({ prepare });
  await openPanel(lens);
  await expect(card(lens, 'colours')).toContainText('3 labels');
  const report = lens.page.getByTestId('report');
  const add = async (classes: number, button: string) => {
    await chooseFile(lens, 'colours.onnx', tinyClassifier({ classes }));
    await expect(report).toBeVisible(CHECKED);
    await report.getByRole('button', { name: button }).click();
    await expect(panel(lens).getByText(/is live$/)).toBeVisible(CHECKED);
    await panel(lens).getByRole('button', { name: 'Done' }).click();
  };
  await add(4, 'Add as colours-2');
  await expect(card(lens, 'colours')).toContainText('3 labels');
  await expect(card(lens, 'colours-2')).toContainText('4 labels');
  await add(5, 'Replace colours');
  await expect(card(lens, 'colours')).toContainText('5 labels');
  await expect(card(lens, 'colours-3')).toHaveCount(0);
});

test('several files chosen at once are one model, and its labels are those of the file among them', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await openPanel(lens);
  const model = onnx.ModelProto.decode(tinyClassifier());
  const [tensor] = model.graph?.initializer ?? [];
  const weights = Buffer.from(tensor?.rawData ?? []);
  expect(weights.length).toBeGreaterThan(0);
  Object.assign(tensor ?? {}, {
    rawData: undefined,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: 'weights.bin' }],
  });
  const file = (name: string, buffer: Uint8Array) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(buffer),
  });
  const graph = file('birds.onnx', onnx.ModelProto.encode(model).finish());
  const input = lens.page.getByTestId('model-input');
  const report = lens.page.getByTestId('report');

  await input.setInputFiles(graph);
  await expect(panel(lens).getByRole('alert')).toContainText('"weights.bin"', CHECKED);
  // What was pressed is gone: the focus is where one goes on, not at the top of the page.
  await panel(lens).getByRole('button', { name: 'Close' }).last().press('Enter');
  await expect(panel(lens).getByRole('region', { name: 'Add a model' })).toBeFocused();

  const labels = file('birds-labels.txt', Buffer.from('\uFEFFwren\r\nrobin\r\ncrow\r\n', 'utf16le'));
  await input.setInputFiles([file('weights.bin', weights), graph, labels]);
  await expect(report).toContainText('3 labels: wren, robin, crow', CHECKED);
  await expect(report.getByRole('heading', { name: 'birds' })).toBeVisible();
  await expect(panel(lens).getByText('birds is checked, and not live yet.')).toHaveRole('status');
  await report.getByRole('button', { name: 'Make it live' }).press('Enter');
  await expect(panel(lens).getByRole('heading', { name: 'birds is live' })).toBeFocused(CHECKED);
});

test('a model that answers otherwise than where it was trained: one line says so, the list is behind it', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await openPanel(lens);
  const recordedBy = 'torch 2.9.0';
  const said = {
    task: 'image-classification',
    labels: ['a', 'b', 'c'],
    scale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    fit: 'stretch',
    activation: 'softmax',
    recordedBy,
  };
  const zip = zipSync({
    'differs.onnx': tinyClassifier({ metadata: { 'livelens.manifest': JSON.stringify(said) } }),
    'goldens/red.png': new Uint8Array(await solidPicture('red')),
    'goldens/red.json': Buffer.from(JSON.stringify({ recordedBy, scores: [0.98, 0.01, 0.01] })),
  });
  await chooseFile(lens, 'differs.zip', zip);
  const report = lens.page.getByTestId('report');
  const opensList = async (root: Locator) => {
    await root.getByText(/^Show \d+ differences?$/).press('Enter');
    await expect(
      root
        .getByRole('listitem')
        .filter({ hasText: /red\.png: score 0\.98/ })
        .first(),
    ).toBeVisible();
  };
  await expect(report).toContainText('the server will refuse it', CHECKED);
  await opensList(report);
  await report.getByRole('button', { name: 'Make it live' }).click();
  const refusal = panel(lens).getByRole('alert').filter({ hasText: 'differs did not pass its trial' });
  await expect(refusal).toBeVisible(CHECKED);
  await opensList(refusal);
});

test('a letterboxed detector: its boxes lie on the things, and a picture gets the same', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  await openPanel(lens);
  const detector = await trainedModel({ preparation: IMAGENET, gives: 'yolo-v8' });
  const files = [
    { name: 'what-is-where.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from(detector) },
    { name: 'labels.txt', mimeType: 'text/plain', buffer: await labelsFile() },
  ];
  await lens.page.getByTestId('model-input').setInputFiles(files);
  const report = lens.page.getByTestId('report');
  await expect(report).toBeVisible(CHECKED);
  await openDetails(report);
  if ((await report.getByLabel('Fit').inputValue()) !== 'letterbox') {
    await report.getByLabel('Fit').selectOption('letterbox');
    await report.getByRole('button', { name: /check again/i }).click();
    await openDetails(report, CHECKED);
    await expect(report.getByLabel('Fit')).toHaveValue('letterbox');
  }
  await report.getByRole('button', { name: 'Make it live' }).click();
  await expect(panel(lens).getByText(/is live$/)).toBeVisible(CHECKED);
  await panel(lens).getByRole('button', { name: 'Done' }).click();
  await lens.page.keyboard.press('Escape');

  await expect(lens.boxes('cat')).toHaveCount(1, CHECKED);
  const [cat] = lens.footage.frames[0]?.things ?? [];
  const overlap = async () => {
    const seen = (await lens.watch(100)).at(-1)?.boxes.find(({ label }) => label === 'cat');
    return iou(seen?.box ?? NOWHERE, cat?.box ?? NOWHERE);
  };
  await expect.poll(overlap, CHECKED).toBeGreaterThan(0.7);

  await lens.page.getByTestId('picture-input').setInputFiles(path.join(ROOT, 'e2e/media/cat.png'));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('cat')).toHaveCount(1);
  const [x = 0, y = 0, width = 0, height = 0] = truth.cat.things[0]?.box ?? [];
  expect(iou(await boxOnPicture(lens), [x, y, width, height])).toBeGreaterThan(0.7);
});

test('a model without names: they are typed, counted, and there when it was checked again', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  await openPanel(lens);
  await chooseFile(lens, 'tiny.onnx', tinyClassifier({ classes: 3 }));
  const report = lens.page.getByTestId('report');
  const names = report.getByLabel('Label names');
  await expect(names).toBeVisible(CHECKED);
  await expect(report.getByRole('status')).toHaveText('The model has 3 outputs.');
  await names.fill('cup\nbowl');
  await expect(report.getByRole('status')).toHaveText(/^2 names for 3 outputs: 1 missing/);
  await names.fill('cup\nbowl\nplate\nfork');
  await expect(report.getByRole('status')).toHaveText(/^4 names for 3 outputs: 1 too many/);
  // As Ultralytics writes it, saved by a program of Windows.
  await lens.page.getByTestId('labels-input').setInputFiles({
    name: 'metadata.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from('\uFEFFnames:\r\n  0: cup\r\n  1: bowl\r\n  2: plate\r\n', 'utf16le'),
  });
  await expect(names).toHaveValue('cup\nbowl\nplate');
  await expect(report).toContainText(
    'metadata.yaml: 3 labels: cup, bowl, plate (YAML: "names", numbers with names).',
  );
  await expect(report.getByRole('status')).toHaveText('3 names for 3 outputs.');
  await report.getByRole('button', { name: 'Check again with 1 change' }).click();
  await expect(report).toContainText('3 labels: cup, bowl, plate', CHECKED);
  await expect(report.getByTestId('verdict')).not.toContainText('no names');
  // Nothing but the importer itself recorded what it gives: that is no agreement with anything.
  await openDetails(report);
  await expect(report).toContainText('No reference from where it was trained');
  await expect(report).not.toContainText(/agrees with/i);
});

test('of several outputs the page asks for one, then for what it means; the keyboard is enough', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  const { page } = lens;
  await cameraStarts(lens);
  await openPanel(lens);
  const outputs = [
    { name: 'first', shape: [1] },
    { name: 'second', shape: [128] },
  ];
  await chooseFile(lens, 'faces.onnx', modelGiving(outputs));
  await expect(panel(lens).getByRole('alert')).toContainText('faces.onnx needs an answer', CHECKED);
  const which = panel(lens).getByRole('group', { name: 'Which output should be read?' });
  await expect(which.getByRole('radio', { name: 'second' })).toHaveAccessibleDescription('128 numbers');
  await expect(panel(lens).getByRole('button', { name: 'Check again' }).first()).toBeDisabled();
  await which.getByRole('radio', { name: 'first' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(which.getByRole('radio', { name: 'second' })).toBeChecked();
  await page.keyboard.press('Enter');

  // 128 numbers may be anything: its values tell nothing either.
  const what = panel(lens).getByRole('group', { name: 'What do its numbers mean?' });
  await expect(what).toBeVisible(CHECKED);
  await what.getByRole('radio', { name: 'An embedding' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  const report = page.getByTestId('report');
  await expect(report).toContainText('Checked, not live yet', CHECKED);
  await expect(report.getByTestId('dropped')).toHaveText(
    /Reads 1 output of 2\. Not read:first\[1\], something else$/,
  );
  // What proves how pictures are prepared, and that nothing does.
  await report.getByText('How pictures are prepared is assumed').click();
  await expect(report.getByText('five or more pictures named after labels')).toBeVisible();
  await openDetails(report);
  await expect(report.getByLabel('Output', { exact: true })).toHaveValue('second');
  await report.getByLabel('Output', { exact: true }).selectOption('first');
  await report.getByRole('button', { name: /check again with 1 change/i }).click();
  await expect(report.getByTestId('dropped')).toContainText('Not read:second', CHECKED);
});

test('what cannot be a model is refused with a reason, and the panel takes the next one', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  // Dropped on the page: the panel opens by itself.
  await expect(lens.page.getByRole('button', { name: 'Models' })).toBeVisible();
  await dropFile(lens.main, 'holiday.onnx', await readFile(path.join(ROOT, 'e2e/media/cat.png')));
  await expect(panel(lens).getByRole('alert')).toContainText('holiday.onnx can’t be added', CHECKED);
  await panel(lens).getByRole('button', { name: 'Close' }).last().click();
  await expect(door(lens)).toBeVisible();

  await dropFile(panel(lens), 'notes.onnx', Buffer.from('no model either'));
  await expect(panel(lens).getByRole('alert')).toContainText('notes.onnx can’t be added', CHECKED);
  await panel(lens).getByRole('button', { name: 'Close' }).last().click();

  await panel(lens).getByLabel('Address of a model').fill('http://localhost:1/model.onnx');
  await panel(lens).getByRole('button', { name: 'Fetch' }).click();
  await expect(panel(lens).getByRole('alert')).toBeVisible(CHECKED);
});

test('without a link, models are changed with the operator’s token only', async ({ openWithModels }) => {
  const token = 'the-operators-own-token';
  const lens = await openWithModels({ env: { ADMIN_TOKEN: token }, hasLink: false });
  await cameraStarts(lens);
  await openPanel(lens);
  const field = panel(lens).getByLabel('Operator’s token');
  await expect(field).toBeVisible();
  await expect(door(lens)).toHaveCount(0);
  await field.fill('a-token-of-somebody-else');
  await field.press('Enter');
  await expect(panel(lens).getByRole('alert')).toContainText('token is not valid');
  await field.fill(token);
  await field.press('Enter');
  await expect(door(lens)).toBeVisible();
});

test('a list of models that comes late takes no controls away', async ({ serve, open }) => {
  const server = await serve();
  const lens = await open({ url: server.url, before: holdFirstList });
  const { page } = lens;
  await page.waitForFunction(() => window.releaseFirstList !== undefined);
  // The right to change models is given while the answer of the first request is pending.
  await page.evaluate(
    (fragment) => {
      location.hash = fragment;
    },
    await server.adminFragment(),
  );
  await openPanel(lens);
  await expect(door(lens)).toBeVisible();
  const input = await page.getByTestId('model-input').elementHandle();
  const nextList = page.waitForResponse(/\/v1\/models$/);
  await page.evaluate(() => window.releaseFirstList?.());
  await nextList;
  await expect(door(lens)).toBeVisible();
  expect(await input?.evaluate((element) => element.isConnected), 'the input was there all the time').toBe(
    true,
  );
});

test('an import is found again when the page is reloaded, and can be discarded', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  await openPanel(lens);
  await chooseFile(lens, 'again.onnx', tinyClassifier());
  await expect(lens.page.getByTestId('report')).toBeVisible(CHECKED);
  await lens.page.reload();
  await cameraStarts(lens);
  await openPanel(lens);
  const report = lens.page.getByTestId('report');
  await expect(report).toBeVisible();
  await report.getByRole('button', { name: 'Discard' }).click();
  await expect(door(lens)).toBeVisible();
  await lens.page.reload();
  await cameraStarts(lens);
  await openPanel(lens);
  await expect(door(lens)).toBeVisible();
  await expect(report).toHaveCount(0);
});

test('a second model runs too, and what both see is on the screen', async ({ openWithModels }) => {
  const prepare = (modelsDir: string) => addColourModel(modelsDir, 'image-classification');
  const lens = await openWithModels({ prepare });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(names(lens)).toHaveCount(0);
  const also = lens.page.getByRole('button', { name: 'Also run Colours' });
  await also.click();
  await expect(also).toHaveAttribute('aria-pressed', 'true');
  await expect(names(lens)).not.toHaveCount(0);
  await expect(lens.boxes('cat')).toHaveCount(1);

  // It is remembered, and it can be left.
  await lens.page.reload();
  await cameraStarts(lens);
  await expect(names(lens)).not.toHaveCount(0);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await also.click();
  await expect(names(lens)).toHaveCount(0);
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a model gets an int8 version from its card: made, read, made live, and rolled back', async ({
  openWithModels,
}) => {
  const lens = await openWithModels();
  await cameraStarts(lens);
  await openPanel(lens);
  // So much work that int8 is faster on any processor.
  await chooseFile(lens, 'wide.onnx', tinyClassifier({ channels: [64, 128, 128, 128] }));
  await lens.page.getByTestId('report').getByRole('button', { name: 'Make it live' }).click(CHECKED);
  await panel(lens).getByRole('button', { name: 'Done' }).click(CHECKED);

  const wide = card(lens, 'wide');
  await openDetails(wide);
  await wide.getByRole('button', { name: 'Make it faster (int8)' }).click();
  await expect(panel(lens).getByRole('heading', { name: 'Making an int8 version of wide' })).toBeVisible();
  const report = lens.page.getByTestId('int8-report');
  await expect(report).toBeFocused(CHECKED);
  await expect(report).toContainText(/[\d.]+ times as fast on this machine/);
  await expect(report.getByRole('row', { name: /on disk/ })).toContainText(/MB.*kB/);
  await report.getByRole('button', { name: 'Make it live' }).click();
  await expect(panel(lens).getByRole('heading', { name: 'wide is live' })).toBeVisible(CHECKED);
  await panel(lens).getByRole('button', { name: 'Done' }).click();
  const versions = wide.getByRole('list', { name: 'Versions' }).getByRole('listitem');
  await expect(versions).toHaveCount(2);
  const liveMark = (version: Locator) => version.getByText('live', { exact: true });
  await expect(liveMark(versions.first())).toBeVisible();
  await expect(versions.first()).toContainText('int8');
  await expect(wide.getByRole('button', { name: 'Make it faster (int8)' }), 'it is').toHaveCount(0);
  await wide.getByRole('button', { name: 'Roll back' }).click();
  // What became live last stands first.
  await expect(liveMark(versions.filter({ hasNotText: 'int8' }))).toBeVisible();
  await expect(liveMark(versions.filter({ hasText: 'int8' }))).toHaveCount(0);
  await expect(wide.getByRole('button', { name: 'Make it faster (int8)' })).toBeVisible();
});

test('words to look for are typed into the details of a model, and looked for at once', async ({
  openWithModels,
}) => {
  const lens = await openWithModels({
    prepare: (dir) => importApart<typeof addTowers>('words/addTowers.ts', 'addTowers', dir),
  });
  await openPanel(lens);
  const towers = card(lens, 'towers');
  await openDetails(towers);
  const field = towers.getByLabel('Words to look for');
  await expect(field).toHaveValue('red\ngreen');
  const button = towers.getByRole('button', { name: 'Look for these words' });
  await expect(button).toBeDisabled();
  await field.fill('blue, a red\ngreen photo');
  // As with the keyboard alone.
  await field.press('Tab');
  await lens.page.keyboard.press('Enter');
  await expect(panel(lens).getByRole('heading', { name: 'Towers is live' })).toBeVisible(CHECKED);
  await panel(lens).getByRole('button', { name: 'Done' }).click();
  await expect(towers.getByLabel('Words to look for')).toHaveValue('blue\na red\ngreen photo');

  // CLIP cannot say of one word whether it holds.
  if (!(await towers.getByLabel('Words to look for').isVisible())) await openDetails(towers);
  await towers.getByLabel('Words to look for').fill('blue');
  await towers.getByRole('button', { name: 'Look for these words' }).click();
  await expect(
    panel(lens).getByRole('heading', { name: 'The words of Towers have not changed' }),
  ).toBeVisible(CHECKED);
  await expect(
    panel(lens)
      .getByText(/"blue" alone would always hold/)
      .last(),
  ).toBeVisible();
});
