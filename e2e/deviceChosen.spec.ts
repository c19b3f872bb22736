import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publish, renamed } from '../server/testing/modelFixtures.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { looksRight } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

const badge = ({ page }: Lens) => page.getByTestId('place');

/** Requests that carry anything to the server, and sockets, from now on. */
function watchSent({ page }: Lens): string[] {
  const sent: string[] = [];
  page.on('websocket', (socket) => {
    sent.push(`socket ${socket.url()}`);
  });
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(`${request.method()} ${request.url()}`);
  });
  return sent;
}

test('"This device", chosen before: labels come, of a camera and of a picture, and no frame leaves the page', async ({
  open,
}) => {
  const lens = await open({ place: 'device' });
  const sent = watchSent(lens);
  // From its first moment on.
  await lens.page.reload();
  await cameraStarts(lens);
  await expect(badge(lens)).toHaveAttribute('data-backend', 'device');
  await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
  await lens.watch(2_000);
  await lens.page.getByTestId('picture-input').setInputFiles(path.join(ROOT, 'e2e/media/cup.png'));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('cup')).toHaveCount(1);
  expect(sent).toEqual([]);
  expect(lens.answers).toHaveLength(0);
});

test('"This device", chosen while the server looks: from then on no frame leaves the page', async ({
  open,
}) => {
  const lens = await open({ place: 'default' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  let framesSent = 0;
  await lens.page.exposeFunction('noteFrame', () => {
    framesSent += 1;
  });
  await badge(lens).click();
  await lens.page.getByRole('radio', { name: 'This device' }).check();
  await expect(badge(lens)).toHaveAttribute('data-backend', 'device');
  await lens.page.evaluate(() => {
    // Counts what is still sent on any socket, including the one that is open.
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (data) {
      void (window as unknown as { noteFrame(): Promise<void> }).noteFrame();
      send.call(this, data);
    };
  });
  const sent = watchSent(lens);
  await expect(lens.page.getByTestId('overlay')).toHaveAttribute('data-backend', 'device', {
    timeout: 60_000,
  });
  await expect(lens.boxes('cat')).toHaveCount(1);
  await lens.watch(2_000);
  expect(sent).toEqual([]);
  expect(framesSent).toBe(0);

  // And back, with the server and what is behind it as they were.
  await lens.page.getByRole('radio', { name: 'Server' }).check();
  await expect(lens.page.getByTestId('overlay')).toHaveAttribute('data-backend', 'server');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('while this device labels, its runtimes are compared; the panel says how fast they were, and who serves is the one that opens next', async ({
  open,
}) => {
  const lens = await open({ place: 'device', camera: 'cat-pan' });
  const { page } = lens;
  await cameraStarts(lens);
  await badge(lens).click();
  const proof = page.getByTestId('certificate');
  // The words stand in a fold that is closed.
  await expect(proof).toContainText(/LiteRT\.js, (one thread|\d threads): [\d,]+ ms/, { timeout: 90_000 });
  await expect(proof).toContainText(/onnxruntime-web, (one thread|\d threads): [\d,]+ ms/);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const serving = async () =>
    /(onnxruntime-web|LiteRT\.js) [\d.]+, wasm/.exec((await proof.textContent()) ?? '')?.[1];
  const winner = await serving();
  await page.reload();
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
  await badge(lens).click();
  await expect(proof).toContainText(/LiteRT\.js, (one thread|\d threads): [\d,]+ ms/);
  expect(await serving()).toBe(winner);
});

/** Runs before the page's own scripts: notes workers for models, and whether the page was at work already when each was started. */
function noteModelWorkers() {
  const noted: { isAtWork: boolean }[] = [];
  Object.assign(window, { modelWorkers: noted });
  const { Worker: Original } = window;
  window.Worker = class extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (!/^model on this device/.test(options?.name ?? '')) return;
      noted.push({ isAtWork: document.documentElement.dataset.started !== undefined });
    }
  };
}

test('"This device", chosen before: its runtime is loaded from the next visit’s first moment on; in Auto nothing is', async ({
  open,
}) => {
  const lens = await open({ place: 'default', before: noteModelWorkers });
  const { page } = lens;
  const modelWorkers = () =>
    page.evaluate(() => (window as unknown as { modelWorkers: { isAtWork: boolean }[] }).modelWorkers);
  const choose = async (mode: 'device' | 'auto') => {
    await page.evaluate((chosen) => localStorage.setItem('livelens.place', chosen), mode);
    await page.reload();
    await cameraStarts(lens);
    await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
  };
  await choose('device');
  expect(await modelWorkers(), 'nothing is known of it yet').toMatchObject([{ isAtWork: true }]);
  // Until all reference images agreed, the next visit begins with another runtime.
  await page.waitForFunction(() => localStorage.getItem('livelens.runtime') !== null, undefined, {
    timeout: 60_000,
  });
  await choose('device');
  expect(await modelWorkers(), 'and the model gets that worker').toMatchObject([{ isAtWork: false }]);
  await choose('auto');
  // Later it is made ready for a failure of the server.
  expect((await modelWorkers()).filter(({ isAtWork }) => !isAtWork)).toEqual([]);
});

/** Runs before the page's own scripts: workers of LiteRT.js hear nothing, and so say nothing; notes when workers for models begin and end. */
function silenceLiteRt() {
  const noted: string[] = [];
  Object.assign(window, { modelWorkers: noted });
  const { Worker: Original } = window;
  window.Worker = class extends Original {
    #name: string | undefined;
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (!/^model on this device/.test(options?.name ?? '')) return;
      this.#name = /LiteRT/.test(options?.name ?? '') ? 'LiteRT.js' : 'onnxruntime-web';
      noted.push(`${this.#name} begins`);
    }
    override postMessage(message: unknown, given?: StructuredSerializeOptions | Transferable[]): void {
      if (this.#name !== 'LiteRT.js') super.postMessage(message, given as Transferable[]);
    }
    override terminate(): void {
      if (this.#name) noted.push(`${this.#name} ends`);
      super.terminate();
    }
  };
}

test('"This device": where LiteRT.js says nothing, onnxruntime-web is opened next to it and gives the labels', async ({
  open,
}) => {
  const lens = await open({ place: 'device', before: silenceLiteRt });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
  const noted = await lens.page.evaluate(
    () => (window as unknown as { modelWorkers: string[] }).modelWorkers,
  );
  expect(noted.slice(0, 3), 'it is not given up before another one serves').toEqual([
    'LiteRT.js begins',
    'onnxruntime-web begins',
    'LiteRT.js ends',
  ]);
});

test('a new version of the model takes over while the page streams on the device; the earlier can be used again', async ({
  open,
  serve,
}) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  await cp(path.join(ROOT, 'models'), dir, { recursive: true });
  // The device runs its model on the same cores while the server measures the new version.
  const { url } = await serve({ env: { MODELS_DIR: dir } });
  const lens = await open({ url, camera: 'cup-still', place: 'device' });
  await cameraStarts(lens);
  await expect(lens.boxes('cup')).toHaveCount(1, { timeout: 60_000 });
  await publish(path.join(dir, 'coco-ssd'), await renamed('cup', 'mug'));
  await expect(lens.boxes('mug')).toHaveCount(1, { timeout: 60_000 });
  await expect(lens.boxes('cup')).toHaveCount(0);
  await badge(lens).click();
  const panel = lens.page.getByRole('dialog', { name: 'Where labels come from' });
  await expect(panel.getByRole('button', { name: 'Roll back' })).toBeVisible({ timeout: 60_000 });
  await panel.getByRole('button', { name: 'Remove …' }).click();
  await looksRight(lens, 'place, two versions');
  await rm(dir, { recursive: true });
});
