import { type CardRect, type FlashCode, FRAME, PHOTO_RECTS, whiteCells } from './flashCode.ts';

/** Draws the card as large as the canvas lets it, in device pixels. */
export function drawCard(canvas: HTMLCanvasElement, code: FlashCode, photo: HTMLImageElement): void {
  const side = Math.max(1, Math.round(Math.min(canvas.clientWidth, canvas.clientHeight) * devicePixelRatio));
  if (canvas.width !== side || canvas.height !== side) {
    canvas.width = side;
    canvas.height = side;
  }
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  const fill = (colour: string, { x, y, width, height }: CardRect) => {
    context.fillStyle = colour;
    context.fillRect(x * side, y * side, width * side, height * side);
  };
  fill('#fff', { x: 0, y: 0, width: 1, height: 1 });
  fill('#000', { x: FRAME, y: FRAME, width: 1 - 2 * FRAME, height: 1 - 2 * FRAME });
  for (const cell of whiteCells(code)) fill('#fff', cell);
  const { x, y, width, height } = PHOTO_RECTS[code.picture % 2 === 0 ? 0 : 1];
  context.drawImage(photo, x * side, y * side, width * side, height * side);
}
