import { cameraStarts, type Lens } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

/** Many times what it takes on an idle machine; what it took is printed. */
const HANGS_MS = 15_000;

test('one of the workers is killed in mid-stream: labels are back on the same connection', async ({
  open,
  serve,
}) => {
  const server = await serve({ env: { WORKERS: '2' } });
  const lens = await open({ url: server.url, camera: 'cat-pan' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect.poll(() => server.workerPids.length).toBe(2);
  const [victim] = server.workerPids;
  if (victim === undefined) throw new Error('The server names no worker.');

  const lost = server.nextLog('worker lost');
  const replaced = server.nextLog('worker ready');
  const killedAtMs = performance.now();
  process.kill(victim, 'SIGKILL');
  await lost;
  await replaced;
  const replacedAtMs = performance.now();
  expect(server.workerPids).toHaveLength(2);
  expect(server.workerPids).not.toContain(victim);
  // Labels go on after the replacement has taken over.
  await expect.poll(() => catsAfter(lens, replacedAtMs)).toBeDefined();
  await expect(lens.boxes('cat')).toHaveCount(1);

  const gapMs = longestGapMs(lens, killedAtMs);
  console.log(`    no answer for ${gapMs.toFixed(0)} ms`);
  expect(gapMs).toBeLessThan(HANGS_MS);
  const connections = (await lens.recording()).states.map(({ connection }) => connection);
  const sinceOpen = new Set(connections.slice(connections.indexOf('open')));
  expect([...sinceOpen], 'the connection stays').toEqual(['open']);
});

test('the whole server is killed: labels are back by themselves', async ({ open, serve }) => {
  const server = await serve({ supervised: true });
  const lens = await open({ url: server.url, camera: 'cat-pan', expectedErrors: /WebSocket|ERR_CONNECTION/ });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const { pid, url } = server;

  const killedAtMs = performance.now();
  process.kill(pid, 'SIGKILL');
  await expect(lens.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(lens.main).toHaveAttribute('data-connection', 'open');
  await expect.poll(() => catsAfter(lens, killedAtMs + 100)).toBeDefined();
  const backAfterMs = (catsAfter(lens, killedAtMs + 100) ?? Number.NaN) - killedAtMs;
  console.log(`    labels back after ${backAfterMs.toFixed(0)} ms`);
  expect(backAfterMs).toBeLessThan(HANGS_MS);
  expect(server.pid).not.toBe(pid);
  expect(server.url).toBe(url);
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a server that stops for good: the page says so and keeps trying, and goes on when it is back', async ({
  open,
  serve,
}) => {
  const first = await serve();
  const lens = await open({
    url: first.url,
    camera: 'cat-still',
    expectedErrors: /WebSocket|ERR_CONNECTION/,
  });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);

  await first.close();
  await expect(lens.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(lens.says(/connection lost|reached/i)).toBeVisible();
  await expect(lens.boxes(), 'labels that are not confirmed are taken down').toHaveCount(0);
  await expect(lens.main, 'the camera goes on').toHaveAttribute('data-state', 'live');

  await serve({ env: { PORT: String(first.port) } });
  await expect(lens.main).toHaveAttribute('data-connection', 'open');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

/** When the first answer came that saw a cat after `atMs`. */
function catsAfter({ answers }: Lens, atMs: number): number | undefined {
  return answers.find((answer) => answer.atMs > atMs && answer.labels.some(({ label }) => label === 'cat'))
    ?.atMs;
}

/** The longest time without an answer, from the last one before `sinceMs` on. */
function longestGapMs({ answers }: Lens, sinceMs: number): number {
  const times = answers.map(({ atMs }) => atMs);
  const start = Math.max(
    0,
    times.findLastIndex((atMs) => atMs <= sinceMs),
  );
  const gaps = times.slice(start + 1).map((atMs, index) => atMs - (times[start + index] ?? atMs));
  return Math.max(0, ...gaps);
}
