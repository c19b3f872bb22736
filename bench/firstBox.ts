import { type EngineName, type EnginePage, openEngine, scriptOf } from '../e2e/engines/engine.ts';
import { beCamera, chooseBackend } from '../e2e/engines/inPage.ts';
import { framesOf } from '../e2e/footage/clips.ts';
import { drawClip } from '../e2e/footage/footage.ts';
import { startBuiltServer } from './builtServer.ts';
import { askUntil, BROWSER_NAMES } from './pageDriver.ts';
import { type BenchResult, result } from './result.ts';
import { median } from './stats.ts';

const RUNS = 3;
/** Pictures of the camera, which differ in their marker only. */
const PICTURES = 10;
const LIMIT_MS = 180_000;

/**
 * What a person waits for who chose the device, in an engine other than Chromium: from opening the page to the first box, with
 * nothing of the page in the browser (cold), and when it was there before (warm: the page was closed and is opened again, in the
 * same browser, which these drivers cannot start again with what it kept). By the clock of the page. The page starts automatically, as where the camera is allowed already.
 */
export async function firstBox(name: EngineName): Promise<BenchResult[]> {
  const server = await startBuiltServer();
  const jpegs = await drawClip(framesOf('cat-still').slice(0, PICTURES));
  const before = [
    scriptOf(chooseBackend, { place: 'device', base: '/' }),
    scriptOf(
      beCamera,
      jpegs.map((jpeg) => jpeg.toString('base64')),
    ),
    scriptOf(allowCamera, undefined),
  ].join('\n');
  const engine = await openEngine(name);
  const cold: number[] = [];
  const warm: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const opened = await timed(() => engine.open(server.url, { before }));
    cold.push(opened.openedMs);
    // For when there is no network, and all goldens have run, as after any visit but a short one.
    await askUntil(opened.page, isKept, { ms: LIMIT_MS, problem: 'The page was not kept.' });
    const again = await timed(() => opened.page.openAgain());
    warm.push(again.openedMs);
    await again.page.close();
  }
  await engine.close();
  await server.close();
  const line = `in ${BROWSER_NAMES[name]}, device`;
  return [
    result(`${line}: opening the page to the first box, cold`, median(cold) / 1_000, 's'),
    result(`${line}: opening the page to the first box, warm`, median(warm) / 1_000, 's'),
  ];
}

async function timed(open: () => Promise<EnginePage>): Promise<{ page: EnginePage; openedMs: number }> {
  const page = await open();
  const openedMs = await askUntil(page, boxSeenAt, { ms: LIMIT_MS, problem: 'No box came.' });
  return { page, openedMs };
}

/** Runs in the page: when a box is on it, by the page's clock, ms; null where none came by then. */
async function boxSeenAt(withinMs: number): Promise<number | null> {
  const endsAt = performance.now() + withinMs;
  while (performance.now() < endsAt) {
    if (document.querySelector('[data-testid="label-box"]') !== null) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return null;
}

/** Runs in the page. */
async function isKept(withinMs: number): Promise<true | null> {
  const endsAt = performance.now() + withinMs;
  while (performance.now() < endsAt) {
    const isProven = Object.keys(localStorage).some((name) => name.includes('.proof.'));
    if (isProven && document.querySelector('main')?.dataset.offline === 'ready') return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return null;
}

/** Runs in the page before its own code: as if a person had allowed the camera on an earlier visit. */
function allowCamera(): void {
  Permissions.prototype.query = async ({ name }) =>
    Object.assign(new EventTarget(), {
      name,
      state: 'granted' as const,
      onchange: null,
    }) as PermissionStatus;
}
