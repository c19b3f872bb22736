import { serverUrl } from '../../app/browser/basePath.ts';
import { Device } from '../../app/device/library/device.ts';
import type { DeviceSessions } from '../../app/device/library/deviceSessions.ts';
import type { DeviceSession } from '../../app/device/runtime/deviceSession.ts';
import { openDeviceSession } from '../../app/device/runtime/openSession.ts';
import { createLocalRecognizer } from '../../app/recognizers/localRecognizer.ts';
import { RECOGNIZER_CONTRACT, type Stage } from '../../app/recognizers/recognizerContract.ts';
import { createRemoteRecognizer } from '../../app/recognizers/remoteRecognizer.ts';
import { fetchModel, labelsOf, load, picture } from './files.ts';
import {
  memoryBytes,
  openAsWinner,
  openParity,
  raceRuntimes,
  runPictures,
  seenBy,
  tryGpu,
} from './parity.ts';

/** The product's own parts, within reach of a test; workbench.ts serves them. */
const workbench = {
  openDeviceSession,
  fetchModel,
  files: { load },
  picture,
  labelsOf,
  openParity,
  seenBy,
  runPictures,
  memoryBytes,
  tryGpu,
  raceRuntimes,
  openAsWinner,
  async testRecognizer(backend: 'server' | 'device', name: string): Promise<void> {
    const test = RECOGNIZER_CONTRACT[name];
    if (test === undefined) throw new Error(`There is no "${name}" in the contract.`);
    await test(await stage(backend));
  },
  /** Keeps models in this browser, and looks for newer versions often. */
  device: new Device({ token: () => undefined, openSession: openDeviceSession, pollMs: 300 }),
};

declare global {
  interface Window {
    workbench: typeof workbench;
  }
}

window.workbench = workbench;

/** Sessions as Device has them, but for what keeps and updates models: each is opened once and lives on. */
function createDevice(): DeviceSessions {
  const sessions = new Map<string, Promise<DeviceSession>>();
  return {
    open(modelId = 'coco-ssd', signal) {
      const session =
        sessions.get(modelId) ??
        fetchModel(modelId).then((model) =>
          openDeviceSession({ model, files: { load }, signal: NEVER, tuning: ONE_THREAD }),
        );
      sessions.set(modelId, session);
      return session.then((opened) => {
        signal.throwIfAborted();
        return opened;
      });
    },
    onReplaced: () => () => {},
    onLost: () => () => {},
    choose() {},
    release() {},
  };
}

/** Threads wait for each other, and for long where other tests share the machine. */
const ONE_THREAD = { threads: 1, noGpu: 'not in this test', noRace: 'not in this test' };
const NEVER = new AbortController().signal;
const WIDTH = 640;
const HEIGHT = 480;
const device = createDevice();

async function stage(backend: 'server' | 'device'): Promise<Stage> {
  const photo = await picture('/workbench/media/cat.png');
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('No canvas.');
  return {
    create: () =>
      backend === 'device'
        ? createLocalRecognizer({ device })
        : createRemoteRecognizer({ url: serverUrl(''), token: () => undefined }),
    cat(shift = 0.1) {
      context.fillStyle = 'rgb(141 138 132)';
      context.fillRect(0, 0, WIDTH, HEIGHT);
      const x = Math.round(shift * WIDTH);
      const y = HEIGHT - photo.height;
      context.drawImage(photo, x, y);
      // As in e2e/media/truth.json.
      const box = [x / WIDTH, y / HEIGHT, (0.893 * photo.width) / WIDTH, photo.height / HEIGHT] as const;
      return { picture: canvas.transferToImageBitmap(), box };
    },
    models: { first: 'coco-ssd', other: 'colours' },
  };
}
