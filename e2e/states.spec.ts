import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { STREAM_PATH, SUBPROTOCOL } from '../protocol/messages.ts';
import { photoPath } from './footage/footage.ts';
import { cameraStarts } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

test('the camera permission is still open: one press starts it', async ({ open }) => {
  const lens = await open({
    // These browsers allow the camera from the start; a person's browser says "prompt" here.
    before: () => {
      const real = navigator.permissions.query.bind(navigator.permissions);
      navigator.permissions.query = async (descriptor) =>
        new Proxy(await real(descriptor), {
          get: (status, key) => {
            const value: unknown = key === 'state' ? 'prompt' : Reflect.get(status, key, status);
            return typeof value === 'function' ? value.bind(status) : value;
          },
        });
    },
  });
  const button = lens.page.getByRole('button', { name: 'Start camera' });
  await expect(button).toBeEnabled();
  await expect(lens.main).toHaveAttribute('data-state', 'welcome');
  await button.click();
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('the camera is denied: the page says so, tells how to allow it, and starts when it is allowed', async ({
  open,
}) => {
  const lens = await open({ answer: 'deny' });
  await expect(lens.main, 'the browser has not been asked yet').toHaveAttribute('data-state', 'welcome');
  await lens.page.getByRole('button', { name: 'Start camera' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'denied');
  await expect(lens.says(/blocked.*camera on/is)).toBeVisible();

  await lens.context.grantPermissions(['camera']);
  await expect(lens.main, 'who allows it need not press anything').toHaveAttribute('data-state', 'live');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('another program holds the camera: the page says so, and takes it when it is free', async ({ open }) => {
  // A stub: no flag of Chromium's makes its fake camera busy. The error is the one that real ones give.
  const lens = await open({
    before: () => {
      const { mediaDevices } = navigator;
      const real = mediaDevices.getUserMedia.bind(mediaDevices);
      let isBusy = true;
      mediaDevices.getUserMedia = (constraints) => {
        if (!isBusy) return real(constraints);
        isBusy = false;
        return Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));
      };
    },
  });
  await expect(lens.main).toHaveAttribute('data-state', 'camera-busy');
  await expect(lens.says(/use|busy|another/i)).toBeVisible();
  await lens.page.getByRole('button', { name: /again/i }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'live');
});

test('the camera is pulled out in the middle: the page says so, and no label stays behind', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await lens.page.getByTestId('video').evaluate((video) => {
    const stream = video instanceof HTMLVideoElement ? video.srcObject : null;
    if (!(stream instanceof MediaStream)) throw new Error('The video shows no stream.');
    for (const track of stream.getTracks()) {
      track.stop();
      track.dispatchEvent(new Event('ended')); // as the browser does when it is not the page that stops it
    }
  });
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
  await expect(lens.says(/gone|disconnected/i)).toBeVisible();
  await expect(lens.boxes()).toHaveCount(0);
});

test('on an insecure origin the page says why there is no camera, and a picture still works', async ({
  open,
  server,
}) => {
  const lens = await open({
    url: `http://lens.test:${server.port}`,
    flags: ['--host-resolver-rules=MAP lens.test 127.0.0.1'],
    // Cross-origin isolation needs a trustworthy origin; the browser remarks that here there is none.
    expectedErrors: /Cross-Origin-Opener-Policy/,
  });
  expect(await lens.page.evaluate(() => isSecureContext)).toBe(false);
  await expect(lens.main).toHaveAttribute('data-state', 'insecure');
  await expect(lens.says(/https/i)).toBeVisible();

  const chooser = lens.page.waitForEvent('filechooser');
  await lens.page
    .getByRole('button', { name: /picture/i })
    .first()
    .click();
  await (await chooser).setFiles(photoPath('cat'));
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a browser that lacks what the page needs: the page names what is missing', async ({ open }) => {
  const lens = await open({
    before: () => {
      Reflect.deleteProperty(window, 'WebSocket');
    },
  });
  await expect(lens.main).toHaveAttribute('data-state', 'unsupported');
  await expect(lens.says(/browser/i)).toBeVisible();
});

test('the server is full: the page says so, and gets its turn when somebody leaves', async ({
  open,
  serve,
}) => {
  const server = await serve({ env: { MAX_SESSIONS: '1' } });
  const first = await open({ url: server.url });
  await cameraStarts(first);
  await expect(first.boxes('cat')).toHaveCount(1);
  const second = await open({ url: server.url });
  await cameraStarts(second);
  await expect(second.main).toHaveAttribute('data-connection', 'busy');
  await expect(second.says(/busy|full/i)).toBeVisible();
  await first.context.close();
  await expect(second.main).toHaveAttribute('data-connection', 'open');
  await expect(second.boxes('cat')).toHaveCount(1);
});

test('a server that wants a token: without it the page says so, with it the page works and hides it', async ({
  open,
  serve,
}) => {
  const server = await serve({ env: { TOKEN: 'let-me-in-please' } });
  const outsider = await open({ url: server.url });
  await cameraStarts(outsider);
  await expect(outsider.main).toHaveAttribute('data-connection', 'unauthorized');
  await expect(outsider.says(/token|link/i)).toBeVisible();
  await expect(outsider.boxes()).toHaveCount(0);

  const guest = await open({ url: server.url, fragment: '#token=let-me-in-please' });
  await cameraStarts(guest);
  await expect(guest.boxes('cat')).toHaveCount(1);
  expect(guest.page.url()).not.toContain('let-me-in-please');
});

test('a page of another origin is refused the socket, unless the operator allows that origin', async ({
  browsers,
  serve,
  server,
}) => {
  const stranger = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another site</title>');
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const address = stranger.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const origin = `http://127.0.0.1:${address.port}`;
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await page.goto(origin);
  const tryStream = (serverUrl: string) =>
    page.evaluate(
      ({ url, subprotocol }) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url, subprotocol);
          socket.onopen = () => socket.send(JSON.stringify({ type: 'hello' }));
          socket.onmessage = ({ data }) => {
            resolve(String(JSON.parse(data).type));
            socket.close();
          };
          socket.onclose = ({ code }) => resolve(`closed ${code}`);
        }),
      { url: `${serverUrl.replace('http', 'ws')}${STREAM_PATH}`, subprotocol: SUBPROTOCOL },
    );

  expect(await tryStream(server.url)).toBe('closed 1006');
  expect(await tryStream((await serve({ env: { ALLOWED_ORIGINS: origin } })).url)).toBe('welcome');
  await page.close();
  stranger.close();
});

test('a broken picture: the page says that it cannot be read', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  const chooser = lens.page.waitForEvent('filechooser');
  await lens.page
    .getByRole('button', { name: /picture/i })
    .first()
    .click();
  const half = (await readFile(photoPath('cat'))).subarray(0, 500);
  await (await chooser).setFiles({ name: 'half.png', mimeType: 'image/png', buffer: half });
  await expect(lens.says(/picture/i)).toBeVisible();
  await expect(lens.boxes()).toHaveCount(0);
});
