import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import sharp from 'sharp';

export interface ScreenRecording {
  /** Where the animated WebP goes. */
  file: string;
  durationMs: number;
  framesPerSecond: number;
  /** Of the picture; its height follows the page's shape. */
  widthPx: number;
}

/**
 * Records what the page shows as an animated WebP that repeats forever, at the speed at which it was seen.
 * @returns the size of the file in bytes
 */
export async function recordScreen(
  page: Page,
  { file, durationMs, framesPerSecond, widthPx }: ScreenRecording,
): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const shots: { atMs: number; jpeg: Buffer }[] = [];
  const isComplete = new Promise<void>((resolve) => {
    session.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
      const atMs = (metadata.timestamp ?? 0) * 1_000;
      shots.push({ atMs, jpeg: Buffer.from(data, 'base64') });
      const [first] = shots;
      if (first && atMs - first.atMs >= durationMs) resolve();
      // The page may be closed already; then no more frames are wanted.
      session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
    });
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 95 });
  await isComplete;
  await session.send('Page.stopScreencast');

  const delayMs = 1_000 / framesPerSecond;
  const startMs = shots[0]?.atMs ?? 0;
  // The screen is painted when something changes: what a person sees at a moment is the last picture before it.
  const pictures = Array.from({ length: Math.floor(durationMs / delayMs) }, (_, index) =>
    shots.findLast(({ atMs }) => atMs <= startMs + index * delayMs),
  ).filter((shot) => shot !== undefined);
  const frames = await Promise.all(
    pictures.map(({ jpeg }) => sharp(jpeg).resize({ width: widthPx }).png().toBuffer()),
  );
  const webp = await sharp(frames, { join: { animated: true } })
    .webp({ delay: frames.map(() => delayMs), loop: 0, quality: 50, effort: 4 })
    .toBuffer();
  await writeFile(file, webp);
  return webp.byteLength;
}
