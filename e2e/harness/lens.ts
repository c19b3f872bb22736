import type { BrowserContext, BrowserContextOptions, Locator, Page, Request } from 'playwright';
import { expect } from 'playwright/test';
import * as v from 'valibot';
import type { BackendMode } from '../../app/recognizers/backend.ts';
import { parseServerMessage, type ServerMessageOf, STREAM_PATH } from '../../protocol/messages.ts';
import { type Box, fitRect, type RectPx } from '../../vision/geometry.ts';
import type { Footage } from '../footage/footage.ts';
import { FRAME_HEIGHT_PX, FRAME_WIDTH_PX, MARKER_POINTS_PX, readMarker } from '../footage/marker.ts';
import type { Browsers, CameraOptions } from './browsers.ts';
import type { Contexts } from './contexts.ts';
import { type RawSample, type Recording, record, sample, type VideoOnScreen } from './recorder.ts';
import { giveRectOfBox } from './rectOf.ts';

/** A 4:3 window: all of the camera's picture is on the screen. */
export const VIEWPORT = { width: 960, height: 720 } as const;

export interface LensOptions extends Partial<CameraOptions> {
  /** The server's address, without a slash at its end. */
  url: string;
  /** After the address, e.g. `#token=…`. */
  fragment?: string;
  context?: BrowserContextOptions;
  /**
   * Where frames are processed, as if a person had chosen it before; `default`: no choice was made. Default `server`:
   * most tests are about the stream, and a device that warms up at the same time would take their cores.
   */
  place?: BackendMode | 'default';
  /** Runs in the page before its own scripts. */
  before?: () => void;
  /** Console errors and violations that this test brings about itself. */
  expectedErrors?: RegExp;
}

/** The page, open in a browser. */
export interface Lens {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly main: Locator;
  readonly footage: Footage;
  /** What must not happen while a person uses the page: errors, and what the content security policy stopped. */
  problems(): Promise<string[]>;
  /** For a reader of a failed test: what is on the page, and which requests have no answer yet. */
  describe(): Promise<string>;
  /** What the page tells a person, and a screen reader too: messages that match. */
  says(pattern: RegExp): Locator;
  /** The boxes on the screen that bear `label`, or all. */
  boxes(label?: string): Locator;
  /** Answers that came through the socket so far, with the time (ms of this process) at which they came. */
  readonly answers: readonly { atMs: number; labels: ServerMessageOf<'labels'>['labels'] }[];
  recording(): Promise<Recording>;
  /** What is on the screen over `durationMs`, at most once in `everyMs`; 0: at each display frame. */
  watch(durationMs: number, everyMs?: number): Promise<Sample[]>;
}

/** What a person sees at one moment. */
export interface Sample {
  atMs: number;
  /** Which frame of the footage the video shows; null where that cannot be read. */
  frame: number | null;
  /** Boxes in 0..1 of the video's picture. */
  boxes: { label: string; track: string; box: Box }[];
  /** Age of the labels as the page says it, ms; NaN where it says none. */
  ageMs: number;
}

const EVERY_MS = 50;
const DESCRIBE_TIMEOUT_MS = 5_000;

/** Of the context that a page opens in. */
export const CONTEXT: BrowserContextOptions = {
  viewport: VIEWPORT,
  // Tests about it allow it; elsewhere a page that is opened twice is to be the server's page twice.
  serviceWorkers: 'block',
};

/** @param contexts of `CONTEXT`, for pages that leave little behind; else each has its own */
export async function openLens(browsers: Browsers, options: LensOptions, contexts?: Contexts): Promise<Lens> {
  const { camera = 'cat-still', answer = 'allow', flags = [], place = 'server' } = options;
  const { browser, footage } = await browsers.get({ camera, answer, flags });
  const { viewport, ...contextOptions } = options.context ?? {};
  // What a service worker and a device keep is much. And a browser remembers for its origin that a person refused: no
  // command makes it forget.
  const leavesLittle = contextOptions.serviceWorkers !== 'allow' && place === 'server' && answer === 'allow';
  const context =
    contexts && leavesLittle
      ? await contexts.take(browser, contextOptions)
      : await browser.newContext({ ...CONTEXT, ...contextOptions });
  const page = await context.newPage();
  if (viewport) await page.setViewportSize(viewport);
  const errors: string[] = [];
  const answers: Lens['answers'][number][] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  const unanswered = new Set<Request>();
  page.on('request', (request) => unanswered.add(request));
  page.on('requestfinished', (request) => unanswered.delete(request));
  page.on('requestfailed', (request) => unanswered.delete(request));
  page.on('websocket', (socket) => {
    // A camera that is shown has a socket to the relay, too.
    if (!socket.url().endsWith(STREAM_PATH)) return;
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string') return;
      const message = parseServerMessage(payload);
      if (message.type === 'labels') answers.push({ atMs: performance.now(), labels: message.labels });
    });
  });
  await page.addInitScript(giveRectOfBox);
  await page.addInitScript(record);
  if (place !== 'default') {
    await page.addInitScript((mode) => {
      // A blank page has no storage.
      if (window.origin === 'null') return;
      const base = new URL('.', location.href).pathname;
      localStorage.setItem(`${base === '/' ? '' : base}livelens.place`, mode);
    }, place);
  }
  if (options.before) await page.addInitScript(options.before);
  await page.goto(`${options.url}/${options.fragment ?? ''}`);

  const recording = () => page.evaluate(() => window.livelensRecording);
  return {
    page,
    context,
    main: page.locator('main'),
    get footage() {
      if (footage === undefined) throw new Error(`The camera is "${camera}": there is no footage.`);
      return footage;
    },
    answers,
    recording,
    async problems() {
      const violations = page.isClosed() ? [] : (await recording()).violations;
      return [...errors, ...violations].filter((problem) => !options.expectedErrors?.test(problem));
    },
    async describe() {
      const content = page.isClosed()
        ? 'It is closed.'
        : await page
            .locator('body')
            .ariaSnapshot({ timeout: DESCRIBE_TIMEOUT_MS })
            .catch((error: unknown) => `It cannot be described: ${String(error)}`);
      const requests = [...unanswered].map((request) => `${request.method()} ${request.url()}`);
      return [`The page ${page.url()}:`, content, 'Requests without an answer:', ...requests].join('\n');
    },
    says: (pattern) =>
      page
        .getByRole('alert')
        .or(page.getByRole('status'))
        .filter({ hasText: pattern, visible: true })
        .first(),
    boxes: (label) =>
      page.locator(
        `[data-testid="label-box"]:not([data-leaving])${label === undefined ? '' : `[data-label="${label}"]`}`,
      ),
    async watch(durationMs, everyMs = EVERY_MS) {
      return (await page.evaluate(sample, { durationMs, everyMs, points: MARKER_POINTS })).map(readSample);
    },
  };
}

/** The camera plays: the browser allows it (these browsers do from the start), so the page starts it by itself. */
export async function cameraStarts({ main }: Lens): Promise<void> {
  await expect(main).toHaveAttribute('data-state', 'live');
}

/** Where to look for the marker, in 0..1 of the picture. */
export const MARKER_POINTS = MARKER_POINTS_PX.map(
  ([bit, complement]) => [asRatio(bit), asRatio(complement)] as const,
);

/** What was on the screen, in terms of the footage. */
export const readSample = ({ atMs, brightness, boxes, video, ageMs }: RawSample): Sample => ({
  atMs,
  ageMs,
  frame: readMarker(brightness),
  boxes: boxes.map(({ label, track, ...rect }) => ({ label, track, box: toFrame(rect, video) })),
});

function asRatio({ x, y }: { x: number; y: number }) {
  return { x: x / FRAME_WIDTH_PX, y: y / FRAME_HEIGHT_PX };
}

/** A rectangle on the screen as a box of the picture that `video` plays. */
export function toFrame(rect: RectPx, video: VideoOnScreen): Box {
  const fit = v.parse(
    v.picklist(['cover', 'contain'], 'the video is laid out by object-fit'),
    video.objectFit,
  );
  const content = fitRect(video, video.rect, fit);
  const width = rect.width / content.width;
  const x = (rect.x - video.rect.x - content.x) / content.width;
  return [
    video.isMirrored ? 1 - x - width : x,
    (rect.y - video.rect.y - content.y) / content.height,
    width,
    rect.height / content.height,
  ];
}
