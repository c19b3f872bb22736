import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { strToU8, zipSync } from 'fflate';
import * as v from 'valibot';
import { createFormats } from '../app/ui/words/formats.ts';
import { zhHans } from '../app/ui/words/zhHans.ts';
import { startWasm } from '../models/build/reference.ts';
import { Prediction } from '../protocol/messages.ts';
import { save } from '../server/import/testing/layersHarness.ts';
import { flatClassifier } from '../server/import/testing/modelsForTests.ts';
import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { SURROUNDINGS, surround } from './harness/surroundings.ts';
import { expect } from './harness/test.ts';
import { test } from './harness/twoModels.ts';

const SLOW = { timeout: 60_000 };
const CHINESE = { context: { locale: 'zh-CN' } } as const;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const words = zhHans(createFormats('zh-CN'));

const root = ({ page }: Lens) => page.locator('html');
const chip = ({ page }: Lens, text: string) => page.getByTestId('label-chip').filter({ hasText: text });
const help = ({ page }: Lens) => page.getByTestId('help-panel');
const languageChoice = ({ page }: Lens, name: string) => page.getByRole('radio', { name, exact: true });

test('a browser set to Chinese gets the page in Chinese; the API keeps the model’s own labels', async ({
  open,
  server,
}) => {
  const lens = await open({
    ...CHINESE,
    before: () => {
      // Every title and button that is painted, from the first on: none may be in another language.
      const seen: string[] = [];
      Object.assign(window, { seenTexts: seen });
      const look = () => {
        const { body } = document;
        if (body && getComputedStyle(body).visibility === 'visible') seen.push(body.innerText);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    },
  });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(root(lens)).toHaveAttribute('lang', 'zh-Hans');
  await expect(root(lens)).toHaveAttribute('dir', 'ltr');
  await expect(chip(lens, '猫')).toBeVisible();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(page.getByTestId('announcer')).toHaveText('猫');
  expect(lens.answers.flatMap(({ labels }) => labels.map(({ label }) => label))).toContain('cat');
  const picture = await readFile(path.join(ROOT, 'e2e/media/cat.png'));
  const answer = await fetch(`${server.url}/v1/predict`, {
    method: 'POST',
    headers: { 'Content-Type': 'image/png' },
    body: picture,
  });
  expect(v.parse(Prediction, await answer.json()).labels[0]?.label).toBe('cat');

  const painted = await page.evaluate(() => Reflect.get(window, 'seenTexts') as string[]);
  expect(painted.length).toBeGreaterThan(0);
  expect(painted.filter((text) => /Start camera|Picture|Video/.test(text))).toEqual([]);
});

test('the language is changed in the page, by keyboard, and remembered; nothing else is', async ({
  open,
}) => {
  const lens = await open();
  const { page } = lens;
  await cameraStarts(lens);
  await expect(root(lens)).toHaveAttribute('lang', 'en');
  await expect(chip(lens, 'cat')).toBeVisible();
  await page.getByRole('button', { name: 'Help' }).click();
  await expect(languageChoice(lens, 'English')).toBeChecked();
  await expect(page.locator('label[lang="zh-Hans"]')).toHaveText('简体中文');
  await languageChoice(lens, 'English').focus();
  await page.keyboard.press('ArrowRight');
  await expect(languageChoice(lens, '简体中文')).toBeChecked();
  await expect(root(lens)).toHaveAttribute('lang', 'zh-Hans');
  await expect(page.getByRole('dialog', { name: words.help.title })).toBeVisible();
  await page.keyboard.press('Escape');
  // The camera goes on, with labels in the new language.
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(chip(lens, '猫')).toBeVisible();
  await expect(page.getByRole('button', { name: words.controls.stop })).toBeVisible();

  await page.reload();
  await cameraStarts(lens);
  await expect(root(lens)).toHaveAttribute('lang', 'zh-Hans');
  await expect(chip(lens, '猫')).toBeVisible();
  await page.getByRole('button', { name: words.help.title }).click();
  await page.locator('label[lang="en"]').click();
  await expect(root(lens)).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('dialog', { name: 'Help' })).toBeVisible();
});

test('numbers and sizes are those of the language', async ({ open, serve, modelsDir }) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ ...CHINESE, url: server.url });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(
    chip(lens, new Intl.NumberFormat('zh-CN', { style: 'percent' }).format(0.9).slice(-1)),
  ).toBeVisible();
  await page.getByRole('button', { name: words.modelsPanel.title }).click();
  const card = page.locator('[data-model="coco-ssd"]');
  await expect(card).toContainText('80 个标签');
  await card.locator('summary').click();
  const { size } = await stat(path.join(ROOT, 'models/coco-ssd/model.onnx'));
  await expect(card).toContainText(words.format.bytes(size));
  await expect(card).toContainText(words.modelCard.shipped);
});

test('the page is Chinese without a server, too', async ({ open, serve }) => {
  const server = await serve();
  const lens = await open({
    url: server.url,
    context: { ...CHINESE.context, serviceWorkers: 'allow' },
    expectedErrors: /WebSocket|ERR_CONNECTION|ERR_FAILED|Failed to fetch/,
  });
  await cameraStarts(lens);
  await expect(lens.main).toHaveAttribute('data-offline', 'ready', SLOW);
  await server.close();
  await lens.page.goto('about:blank');
  await lens.page.goto(server.url);
  await cameraStarts(lens);
  await expect(root(lens)).toHaveAttribute('lang', 'zh-Hans');
  await expect(lens.page.getByText(words.connection.unreachableTitle)).toBeVisible();
});

test('an address that is not there says so in every language, as it knows no person’s', async ({
  open,
  server,
}) => {
  const lens = await open({ ...CHINESE, expectedErrors: /404/ });
  await lens.page.goto(`${server.url}/not-here`);
  await expect(lens.page.locator('section[lang="zh-Hans"]')).toContainText(words.notFound.title);
  await expect(lens.page.locator('section[lang="en"] h1')).toHaveText('Page not found');
});

test('help on a phone says what a person can do, and lists no keys; with a mouse it has the keys', async ({
  open,
}) => {
  const phone = await open({ context: PHONE });
  await cameraStarts(phone);
  await phone.page.getByRole('button', { name: 'Help' }).tap();
  await expect(help(phone).getByRole('heading', { name: 'Use another source' })).toBeVisible();
  await expect(help(phone).locator('kbd')).toHaveCount(0);

  const laptop = await open();
  await cameraStarts(laptop);
  await laptop.page.keyboard.press('?');
  await expect(help(laptop).locator('kbd').first()).toBeVisible();
  await expect(help(laptop).getByText('Mirror the picture')).toBeVisible();
});

test('on a phone a model is added; with a mouse it can be dropped, too', async ({
  open,
  serve,
  modelsDir,
}) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  for (const [context, title] of [
    [PHONE, 'Add a model'],
    [{}, 'Drop a model here'],
  ] as const) {
    const lens = await open({ url: server.url, fragment: `#${await server.adminFragment()}`, context });
    await lens.page.getByRole('button', { name: 'Models' }).click();
    await expect(lens.page.getByText(/^(Add|Drop) a model/)).toHaveText(title);
  }
});

test('in Chinese nothing is cut off or covered, on any screen', async ({ open, serve, modelsDir }) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ ...CHINESE, url: server.url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(chip(lens, '猫')).toBeVisible();
  const fits = async (screen: string) => {
    for (const surroundings of SURROUNDINGS) {
      await surround(page, surroundings);
      expect.soft(await page.evaluate(layoutFaults), `${screen}, ${surroundings.name}`).toEqual([]);
    }
  };
  await fits('live');
  await page.getByTestId('readout').click();
  await fits('stream panel');
  await page.keyboard.press('Escape');
  for (const name of [words.help.title, words.modelsPanel.title]) {
    await page.getByRole('button', { name, exact: true }).click();
    await fits(name);
    await page.keyboard.press('Escape');
  }
  await page.getByTestId('place').click();
  await fits(words.backendPanel.title);
});

test('a report asks what was assumed; of a Teachable Machine model all is known, and folded away', async ({
  open,
  serve,
  modelsDir,
}) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url: server.url, fragment: `#${await server.adminFragment()}` });
  const { page } = lens;
  await page.getByRole('button', { name: 'Models' }).click();
  await page
    .getByTestId('model-input')
    .setInputFiles({ name: 'photos.zip', mimeType: 'application/zip', buffer: await teachableMachine() });
  const report = page.getByTestId('report');
  await expect(report.getByTestId('all-known')).toBeVisible(SLOW);
  await expect(report.getByTestId('assumed')).toHaveCount(0);
  await expect(
    report.getByRole('combobox').or(report.getByRole('textbox')).filter({ visible: true }),
  ).toHaveCount(0);
  // The pictures come first.
  const [picture, known] = await Promise.all([
    report.getByRole('img').first().boundingBox(),
    report.getByTestId('all-known').boundingBox(),
  ]);
  expect(picture?.y).toBeLessThan(known?.y ?? 0);
  await report.getByText('Settings and details').click();
  await expect(report.getByLabel('Default confidence')).toBeVisible();
});

test('a report in Chinese says in Chinese what was decided and what is strange', async ({
  open,
  serve,
  modelsDir,
}) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const fragment = `#${await server.adminFragment()}`;
  const lens = await open({ ...CHINESE, url: server.url, fragment });
  const { page } = lens;
  await page.getByRole('button', { name: words.modelsPanel.title, exact: true }).click();
  const zip = zipSync({
    'model.onnx': flatClassifier({ weights: 'colours' }),
    'labels.txt': strToU8('red\n\ngreen\ngreen\n'),
    'config.json': strToU8('{"num_labels": "three"}'),
    'preprocessor_config.json': strToU8('{"image_processor_type": "ViTImageProcessor", "do_resize": "no"}'),
  });
  const add = (name: string, mimeType: string, buffer: Buffer) =>
    page.getByTestId('model-input').setInputFiles({ name, mimeType, buffer });
  await add('colours.zip', 'application/zip', Buffer.from(zip));
  const report = page.getByTestId('report');
  await expect(report).toBeVisible(SLOW);
  await expect(report).toContainText('第 2 行是空行，已跳过');
  await expect(report).toContainText('“do_resize”的内容是 "no"；应为 true 或 false。');
  await report.getByText(words.report.settings).click();
  // What stays in English is a name of a file and of a class in it.
  const english = await report.locator('[lang="en"]').allTextContents();
  expect(english.filter((text) => text !== '' && !/^[\w.]+(, \w+)?$/.test(text))).toEqual([]);
  await page.getByRole('button', { name: words.report.discard, exact: true }).click();
  await add('net.onnx', 'application/octet-stream', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'));
  const outcome = page.getByRole('alert').filter({ hasText: 'net.onnx' });
  await expect(outcome).toContainText('Keras 文件', SLOW);
  await expect(outcome.locator('[lang="en"]')).toHaveCount(0);
});

/** A small model as Teachable Machine exports it. */
async function teachableMachine(): Promise<Buffer> {
  await startWasm();
  const sidePx = 96;
  const network = sequential();
  network.add(layers.conv2d({ inputShape: [sidePx, sidePx, 3], filters: 4, kernelSize: 5, strides: 4 }));
  network.add(layers.globalAveragePooling2d({}));
  network.add(layers.dense({ units: 3, activation: 'softmax' }));
  const { json, weights } = await save(network);
  const metadata = {
    tfjsVersion: '1.7.4',
    tmVersion: '2.4.10',
    packageVersion: '0.8.4-alpha2',
    packageName: '@teachablemachine/image',
    timeStamp: '2026-02-10T18:59:16.685Z',
    userMetadata: {},
    modelName: 'photos',
    labels: ['wren', 'robin', 'crow'],
    imageSize: sidePx,
  };
  return Buffer.from(
    zipSync({
      'model.json': strToU8(JSON.stringify(json)),
      'weights.bin': new Uint8Array(weights),
      'metadata.json': strToU8(JSON.stringify(metadata)),
    }),
  );
}
