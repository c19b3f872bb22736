import { parseServerMessage } from '../protocol/messages.ts';
import { cameraStarts } from './harness/lens.ts';
import { surround } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

test('R1, R2: the server is killed and restarted: the session goes on, and things keep their ids', async ({
  open,
  serve,
}) => {
  const server = await serve({ supervised: true });
  const lens = await open({
    url: server.url,
    camera: 'cat-pan',
    expectedErrors: /WebSocket|ERR_CONNECTION/,
  });
  await cameraStarts(lens);
  const cat = lens.boxes('cat');
  await expect(cat).toHaveCount(1);
  // Long enough for a resume token that knows the cat.
  const counted = lens.answers.length;
  await expect.poll(() => lens.answers.length).toBeGreaterThan(counted + 60);
  const track = await cat.getAttribute('data-track');

  const resumed: boolean[] = [];
  lens.page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const message = parseServerMessage(String(payload));
      if (message.type === 'welcome') resumed.push(message.resumed);
    }),
  );
  process.kill(server.pid, 'SIGKILL');
  await expect(lens.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(lens.main).toHaveAttribute('data-connection', 'open');
  const back = lens.answers.length;
  await expect.poll(() => lens.answers.length).toBeGreaterThan(back + 5);
  // A new session would count from 1 as well.
  expect(resumed).toEqual([true]);
  await expect(cat).toHaveAttribute('data-track', track ?? 'none');
});

test('the readout shows labels per second and their age, and both are true', async ({ open }) => {
  const lens = await open({ camera: 'cat-pan' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const readout = lens.page.getByTestId('readout');
  const counted = lens.answers.length;
  await expect.poll(() => lens.answers.length).toBeGreaterThan(counted + 40);
  // Both are of the last 2 s, but not of the same 2 s, where labels come at an even rate only for a while.
  await expect(async () => {
    const sinceMs = performance.now() - 2_000;
    const rate = lens.answers.filter(({ atMs }) => atMs > sinceMs).length / 2;
    const shownRate = Number(await readout.getAttribute('data-rate'));
    const ageMs = Number(await readout.getAttribute('data-age-ms'));
    console.log(`    ${rate.toFixed(1)} answers/s came, the page says ${shownRate}/s, ${ageMs} ms old`);
    expect(shownRate).toBeGreaterThan(rate * 0.7);
    expect(shownRate).toBeLessThan(rate * 1.3);
    expect(ageMs).toBeGreaterThan(10);
    expect(ageMs).toBeLessThan(10_000);
    await expect(readout).toContainText(String(Math.floor(shownRate / 10)), { timeout: 100 });
  }).toPass();
});

test('the readout opens a panel whose eight parts are the age, on a phone and on a laptop', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-pan' });
  await cameraStarts(lens);
  const { page } = lens;
  const readout = page.getByRole('button', { name: /\d+ labels\/s, \d+ ms/ });
  const panel = page.getByRole('region', { name: 'Age of the labels' });
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 844, height: 390 },
    { width: 1440, height: 900 },
  ]) {
    const size = `${viewport.width}x${viewport.height}`;
    await surround(page, { name: size, ...viewport });
    await expect(readout).toHaveAttribute('aria-expanded', 'false');
    const before = await readout.boundingBox();
    await readout.press('Enter');
    await expect(panel).toBeVisible();
    await expect(readout).toHaveAttribute('aria-expanded', 'true');
    const after = await readout.boundingBox();
    expect([after?.x, after?.y], `${size}: nothing moves`).toEqual([before?.x, before?.y]);
    const rect = await panel.boundingBox();
    expect(rect && rect.x >= 0 && rect.y >= 0, size).toBe(true);
    expect((rect?.x ?? 0) + (rect?.width ?? 0), size).toBeLessThanOrEqual(viewport.width);
    expect((rect?.y ?? 0) + (rect?.height ?? 0), size).toBeLessThanOrEqual(viewport.height);

    await panel.locator('summary').click();
    // The head, the whole age, and its parts.
    await expect(panel.getByRole('row')).toHaveCount(10);
    await expect(panel.locator('tr[data-part]')).toHaveCount(8);
    const { ageMs, sumMs, widths } = await panel.evaluate((element) => {
      const segments = [...element.querySelectorAll<HTMLElement>('[data-share-ms]')];
      return {
        ageMs: Number(element.querySelector<HTMLElement>('[data-age-p50]')?.dataset.ageP50),
        sumMs: segments.reduce((sum, segment) => sum + Number(segment.dataset.shareMs), 0),
        widths: segments.map((segment) => segment.offsetWidth),
      };
    });
    expect(ageMs).toBeGreaterThan(5);
    expect(Math.abs(sumMs - ageMs)).toBeLessThan(1);
    expect(
      widths.filter((width) => width > 0).length,
      `${size}: segments that can be seen`,
    ).toBeGreaterThanOrEqual(4);
    await expect(panel).toContainText('Round trip');

    await page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
    await page.keyboard.press('i');
    await expect(panel).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
  }
});

test('before a still scene hardly anything is sent and the labels stay; a change is seen at once', async ({
  open,
}) => {
  const lens = await open({
    camera: 'cat-still',
    before: () => {
      // The footage without its frame number, with a camera's noise, and a spot on demand.
      const { mediaDevices } = navigator;
      const real = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        const video = document.createElement('video');
        video.muted = true;
        video.srcObject = await real(constraints);
        await video.play();
        const canvas = document.createElement('canvas');
        canvas.width = 640;
        canvas.height = 480;
        const context = canvas.getContext('2d');
        setInterval(() => {
          if (!context) return;
          context.drawImage(video, 0, 0, 640, 480);
          context.fillStyle = '#808080';
          context.fillRect(0, 140, 44, 200);
          for (let i = 0; i < 400; i++) {
            context.fillStyle = `rgb(128 128 128 / ${Math.random() / 8})`;
            context.fillRect(Math.random() * 640, Math.random() * 480, 2, 2);
          }
          context.fillStyle = '#f00';
          if ('spot' in window) context.fillRect(590, 10, 40, 40);
        }, 33);
        return canvas.captureStream(30);
      };
    },
  });
  const sent: number[] = [];
  lens.page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') sent.push(payload.byteLength);
    }),
  );
  await lens.page.reload();
  await cameraStarts(lens);
  const cat = lens.boxes('cat');
  await expect(cat).toHaveCount(1);
  const readout = lens.page.getByTestId('readout');
  await expect(readout).toContainText('Still');
  const track = await cat.getAttribute('data-track');

  const before = sent.length;
  const samples = await lens.watch(6_000);
  console.log(`    ${sent.length - before} frames in 6 s, ${Math.max(...sent)} bytes at most`);
  expect(sent.length - before).toBeLessThanOrEqual(1);
  expect(samples.every(({ boxes }) => boxes.some(({ label }) => label === 'cat'))).toBe(true);
  // A sign of life at the most; `sceneQuality.test.ts` holds its quality. Those before are as good as the link allows.
  expect(sent.slice(before).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(60_000);

  // A sign of life comes every 20 s: right after one, whatever is sent shows the change.
  const beforeSign = sent.length;
  await expect.poll(() => sent.length, { timeout: 60_000, intervals: [50] }).toBeGreaterThan(beforeSign);
  const quiet = sent.length;
  await lens.page.evaluate(() => Object.assign(window, { spot: true }));
  await expect.poll(() => sent.length, { timeout: 10_000 }).toBeGreaterThan(quiet);
  await expect(cat).toHaveAttribute('data-track', track ?? 'none');
});
