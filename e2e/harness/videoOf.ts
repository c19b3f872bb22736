import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import type { PhotoId } from '../footage/clips.ts';
import { photoPath } from '../footage/footage.ts';

const recorded = new Map<PhotoId, Promise<Buffer>>();

/** A second and a half of video (WebM), made by the browser itself, that shows a photo moving a little. */
export function videoOf(photo: PhotoId, page: Page): Promise<Buffer> {
  const video = recorded.get(photo) ?? readFile(photoPath(photo)).then((bytes) => record(page, bytes));
  recorded.set(photo, video);
  return video;
}

async function record(page: Page, photo: Buffer): Promise<Buffer> {
  const base64 = await page.evaluate(async (photoBase64) => {
    const bytes = Uint8Array.from(atob(photoBase64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = document.createElement('canvas');
    canvas.width = 480;
    canvas.height = 360;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('No canvas.');
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let startMs = performance.now(), nowMs = startMs; nowMs - startMs < 1_500; ) {
      context.fillStyle = '#8d8a84';
      context.fillRect(0, 0, 480, 360);
      context.drawImage(image, (nowMs - startMs) / 40, 40, 420, 280);
      nowMs = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    }
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.stop();
    await stopped;
    const video = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(video, (byte) => String.fromCharCode(byte)).join(''));
  }, photo.toString('base64'));
  return Buffer.from(base64, 'base64');
}
