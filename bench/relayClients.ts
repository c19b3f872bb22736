import { setPriority } from 'node:os';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { CameraRelay } from '../client/relay/cameraRelay.ts';
import { ScreenRelay } from '../client/relay/screenRelay.ts';
import type { Transport } from '../client/stream/transport.ts';
import type { RelayedLabels } from '../protocol/relay.ts';
import { photo } from '../server/testing/media.ts';

/**
 * Cameras that are shown and one screen that shows them all, in a process of their own, by the client that the pages use: as
 * the screen shows four on 1920 by 1080. Started with the server's address and the number of cameras; 'stop' ends it.
 */

/** What came to the screen. */
export interface RelayReport {
  pictures: number;
  bytes: number;
  /** Age of each picture when it came, ms. */
  agesMs: number[];
}

const SIDE_PX = 960;
/** As app/share/cameraSharing.ts. */
const INTERVAL_MS = 80;
const LABELS: RelayedLabels = Array.from({ length: 5 }, (_, id) => ({
  id,
  label: 'person',
  score: 0.9,
  box: [0.1, 0.2, 0.3, 0.4],
}));

// Phones and a screen have processors of their own: here the server's work goes before theirs.
setPriority(19);
const [url = '', count = '4'] = process.argv.slice(2);
const image = await sharp(await photo('cup.png'))
  .resize(SIDE_PX, (SIDE_PX * 3) / 4, { fit: 'cover' })
  .flatten()
  .jpeg({ quality: 60 })
  .toBuffer();
const transport: Transport = (at, subprotocol) =>
  new WebSocket(at, subprotocol, { perMessageDeflate: false });
const report: RelayReport = { pictures: 0, bytes: 0, agesMs: [] };

const cameras = Array.from({ length: Number(count) }, () => {
  const camera = new CameraRelay({
    url,
    transport,
    identity: {},
    onTake() {},
    onIdentity() {},
    onScreens() {},
    onState() {},
  });
  camera.start();
  const timer = setInterval(() => {
    camera.send({ image, format: 'jpeg', labels: LABELS, capturedAtMs: performance.now() });
  }, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    camera.stop();
  };
});
let isOpen = false;
const screen = new ScreenRelay({
  url,
  transport,
  onCameras: (shown) => screen.show(new Map(shown.map(({ camera }) => [camera, SIDE_PX]))),
  onPicture({ capturedAtMs, image: { byteLength } }) {
    report.pictures += 1;
    report.bytes += byteLength;
    report.agesMs.push(performance.now() - capturedAtMs);
    if (!isOpen && report.pictures >= 2 * cameras.length) {
      isOpen = true;
      Object.assign(report, { pictures: 0, bytes: 0, agesMs: [] });
      process.send?.('open');
    }
  },
  onState() {},
});
screen.start();

process.on('message', () => {
  process.send?.(report);
  for (const stop of cameras) stop();
  screen.close();
});
process.on('disconnect', () => process.exit(0));
