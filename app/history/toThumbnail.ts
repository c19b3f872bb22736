/** The longer side, in pixels: sharp in a list on a phone, and some 6 KB. */
const SIDE_PX = 192;
const QUALITY = 0.8;

/**
 * A small JPEG of a picture.
 * @throws Error if the browser cannot decode or encode it
 */
export async function toThumbnail(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture);
  const scale = Math.min(1, SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d', { alpha: false });
  if (context) context.imageSmoothingQuality = 'high';
  context?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/jpeg', QUALITY);
  });
  canvas.width = 0;
  if (blob === null) throw new Error('This browser could not encode the picture.');
  return blob;
}
