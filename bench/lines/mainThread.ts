import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { busyMs } from '../mainThread.ts';
import { type LivePage, openPage } from '../page.ts';
import { type BenchLine, result } from '../result.ts';

const WARM_MS = 3_000;
const DURATION_MS = 6_000;
const SLOWDOWN = 6;

/**
 * What the page costs the thread that must keep it responsive, as Chromium counts it: all tasks of the main thread while
 * it streams (scripts, style, layout, drawing the overlay), divided by the frames answered; the measuring script only counts them. A page that only plays the camera tells what the browser takes for itself. Then the
 * same page of ours on a slowed processor.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const live = await openPage(server.url, 'cat-pan', { countsOnly: true });
  await live.page.getByTestId('label-box').first().waitFor({ timeout: 30_000 });
  await live.cdp.send('Performance.enable');
  await sleep(WARM_MS);
  const usual = await watch(live);
  await live.cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await sleep(WARM_MS);
  const slowed = await watch(live);
  await live.cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  const bareMs = await bareVideoMs(live, `${server.url}/healthz`);
  await live.close();
  await server.close();
  return [
    result('page: main thread a frame, all tasks', usual.taskMs / usual.frames, 'ms', { atMost: 1 }),
    result('page: of it scripts', usual.scriptMs / usual.frames, 'ms'),
    result('page: of it on a processor, the rest waited', usual.processorMs / usual.frames, 'ms'),
    result('page: of it style and layout', usual.layoutMs / usual.frames, 'ms'),
    result('a bare <video> of that camera, all tasks in that time', bareMs / usual.frames, 'ms'),
    result('page: main thread busy', usual.taskMs / DURATION_MS, ''),
    // Chromium reports tasks from 50 ms on.
    result('page: longest task, 0 if none of 50 ms', usual.longestTaskMs, 'ms', { atMost: 50 }),
    result('page: labels/s in that time', (usual.frames * 1_000) / DURATION_MS, 'labels/s'),
    result(`page, CPU slowed ${SLOWDOWN}x`, (slowed.frames * 1_000) / DURATION_MS, 'labels/s', {
      atLeast: 10,
    }),
    result(`page, CPU slowed ${SLOWDOWN}x: longest task`, slowed.longestTaskMs, 'ms'),
  ];
};

async function watch(live: LivePage) {
  await live.reset();
  const before = await busyMs(live);
  await sleep(DURATION_MS);
  const after = await busyMs(live);
  const { answerCount, longTasksMs } = await live.read();
  return {
    frames: answerCount,
    longestTaskMs: Math.max(0, ...longTasksMs),
    taskMs: after.taskMs - before.taskMs,
    processorMs: after.processorMs - before.processorMs,
    scriptMs: after.scriptMs - before.scriptMs,
    layoutMs: after.layoutMs - before.layoutMs,
  };
}

/** What all tasks of the main thread take in a page that shows the camera as large as ours does, and nothing else. */
async function bareVideoMs(live: LivePage, url: string): Promise<number> {
  await live.page.goto(url);
  await live.page.evaluate(async () => {
    const video = document.createElement('video');
    video.style.cssText = 'position: fixed; inset: 0; width: 100%; height: 100%; object-fit: cover';
    video.muted = true;
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
    });
    document.body.replaceChildren(video);
    await video.play();
  });
  await sleep(1_000);
  const before = await busyMs(live);
  await sleep(DURATION_MS);
  return (await busyMs(live)).taskMs - before.taskMs;
}
