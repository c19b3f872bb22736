import type { LiveSource } from '../capture/liveSource.ts';
import { PHOTOS, viewAt, WALL } from './demoScene.ts';

/** The longer and the shorter side of the footage, pixels: as much as the photos have to show. */
const SIDES_PX = { long: 960, short: 540 } as const;
/** Enough for a slow pan, and what WebKit on Linux draws without trouble. */
const FRAMES_PER_SECOND = 15;
const FRAME_MS = 1000 / FRAMES_PER_SECOND;
const WALL_COLOURS = { top: '#b5b0a7', bottom: '#8f8a81', edge: '#f4f1ea' } as const;
const EDGE = 10;

/**
 * The built-in footage as a source: photos that the page draws on a canvas, moving, and a stream of that canvas. A video file
 * would need two codecs for all browsers; two photos are smaller, and sharp at any size. It is drawn until its track is
 * stopped, in the shape of the window, as a phone's camera turns its picture with the phone.
 * @throws Error if the photos cannot be loaded, or the browser has no stream of a canvas
 */
export async function openDemo(): Promise<LiveSource> {
  const [cup, cat] = await Promise.all([
    loadPhoto(new URL('./cup.jpg', import.meta.url)),
    loadPhoto(new URL('./cat.jpg', import.meta.url)),
  ]);
  const wall = paintWall({ cup, cat });
  const canvas = document.createElement('canvas');
  // Firefox gives no stream of a canvas that has no context yet.
  const context = contextOf(canvas);
  const startMs = performance.now();
  draw(context, wall, 0);
  // At a rate: without one, WebKit on Linux sends the first picture only.
  const stream = canvas.captureStream(FRAMES_PER_SECOND);
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('This browser gives no stream of a canvas.');
  // Not with the display's frames: WebKit on Linux gives a page none of them while only a video moves in it.
  const timer = setInterval(() => {
    if (track.readyState === 'ended') {
      clearInterval(timer);
      // Safari keeps a canvas's memory until it is empty.
      for (const done of [canvas, wall]) done.width = done.height = 0;
    } else if (!document.hidden) {
      draw(context, wall, performance.now() - startMs);
    }
  }, FRAME_MS);
  return { kind: 'demo', stream };
}

async function loadPhoto(url: URL): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url.href;
  await image.decode();
  return image;
}

/** Once: a frame is then one copy. */
function paintWall(photos: Record<keyof typeof PHOTOS, HTMLImageElement>): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = WALL.width;
  canvas.height = WALL.height;
  const context = contextOf(canvas);
  const light = context.createLinearGradient(0, 0, 0, WALL.height);
  light.addColorStop(0, WALL_COLOURS.top);
  light.addColorStop(1, WALL_COLOURS.bottom);
  context.fillStyle = light;
  context.fillRect(0, 0, WALL.width, WALL.height);
  for (const name of ['cup', 'cat'] as const) {
    const { x, y, width, height } = PHOTOS[name];
    context.save();
    context.shadowColor = 'rgb(0 0 0 / 0.35)';
    context.shadowBlur = 30;
    context.shadowOffsetY = 12;
    context.fillStyle = WALL_COLOURS.edge;
    context.fillRect(x - EDGE, y - EDGE, width + 2 * EDGE, height + 2 * EDGE);
    context.restore();
    context.drawImage(photos[name], x, y, width, height);
  }
  return canvas;
}

function draw(context: CanvasRenderingContext2D, wall: HTMLCanvasElement, timeMs: number): void {
  const { canvas } = context;
  const isUpright = window.innerHeight > window.innerWidth;
  const width = isUpright ? SIDES_PX.short : SIDES_PX.long;
  const height = isUpright ? SIDES_PX.long : SIDES_PX.short;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    context.imageSmoothingQuality = 'medium';
  }
  const view = viewAt(timeMs, width / height);
  context.drawImage(wall, view.x, view.y, view.width, view.height, 0, 0, width, height);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  return context;
}
