import type { Lens } from './lens.ts';

/** As a hand before the lens: the camera gives black, or its pictures again. */
export async function coverCamera({ page }: Lens, isCovered: boolean): Promise<void> {
  await page.getByTestId('video').evaluate((video: HTMLVideoElement, enabled) => {
    if (video.srcObject instanceof MediaStream)
      for (const track of video.srcObject.getVideoTracks()) track.enabled = enabled;
  }, !isCovered);
}
