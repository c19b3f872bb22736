/**
 * What is on a canvas of the page, encoded.
 * @param quality 0..1, of types that lose some; default: the browser's
 * @throws Error if the browser cannot encode it
 */
export async function canvasToBlob(
  canvas: HTMLCanvasElement,
  type: 'image/png' | 'image/jpeg',
  quality?: number,
): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (blob === null) throw new Error('This browser could not encode the picture.');
  return blob;
}
