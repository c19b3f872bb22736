import type { Page } from 'playwright';

/** A second and a half of video (WebM), made by the browser itself, in which a picture stands still. */
export async function stillVideo(page: Page, picture: Uint8Array): Promise<Buffer> {
  const base64 = await page.evaluate(async (pictureBase64) => {
    const bytes = Uint8Array.from(atob(pictureBase64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('No canvas.');
    const recorder = new MediaRecorder(canvas.captureStream(10), {
      mimeType: 'video/webm;codecs=vp8',
      videoBitsPerSecond: 8_000_000,
    });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let startMs = performance.now(), nowMs = startMs; nowMs - startMs < 1_500; ) {
      context.drawImage(image, 0, 0);
      nowMs = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    }
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.stop();
    await stopped;
    const video = new Uint8Array(await new Blob(parts).arrayBuffer());
    let binary = '';
    for (const byte of video) binary += String.fromCharCode(byte);
    return btoa(binary);
  }, Buffer.from(picture).toString('base64'));
  return Buffer.from(base64, 'base64');
}
