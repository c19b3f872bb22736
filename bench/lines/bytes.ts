import { setTimeout as sleep } from 'node:timers/promises';
import type { ClipId } from '../../e2e/footage/clips.ts';
import { startBuiltServer } from '../builtServer.ts';
import { openPage } from '../page.ts';
import { type BenchLine, result } from '../result.ts';
import { startShapedLink } from '../shapedLink.ts';

const WARM_MS = 4_000;
const MOVING_MS = 8_000;
const STILL_MS = 15_000;

/**
 * What the page spends of a person's data: counted at a link that is not shaped, WebSocket frames included, TCP and IP
 * headers not. The still scene is one picture over and over, without the noise of a real sensor.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const moving = await spend(server.url, 'cat-pan', MOVING_MS);
  const still = await spend(server.url, 'poster', STILL_MS);
  await server.close();
  const kBPerMinute = (bytes: number) => (bytes * 60_000) / STILL_MS / 1_000;
  return [
    result('uplink a delivered label, moving scene', moving.up / moving.labels / 1_000, 'kB'),
    result('downlink a delivered label, moving scene', moving.down / moving.labels / 1_000, 'kB'),
    result('uplink a minute, still scene', kBPerMinute(still.up), 'kB', { atMost: 60 }),
    result('downlink a minute, still scene', kBPerMinute(still.down), 'kB'),
  ];
};

async function spend(url: string, clip: ClipId, durationMs: number) {
  const link = await startShapedLink({ target: url });
  const live = await openPage(link.url, clip);
  await live.page.getByTestId('label-box').first().waitFor({ timeout: 30_000 });
  await sleep(WARM_MS);
  await live.reset();
  const before = link.bytes;
  await sleep(durationMs);
  const after = link.bytes;
  const { answers } = await live.read();
  await live.close();
  await link.close();
  return { up: after.up - before.up, down: after.down - before.down, labels: answers.length };
}
