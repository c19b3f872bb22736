import type { Label } from '../../protocol/messages.ts';
import { boxOnScreen, type RectPx } from '../../vision/geometry.ts';
import { boxOfQuad, type Quad, scaledQuad } from '../../vision/quad.ts';
import { cropPicture } from '../capture/cropPicture.ts';
import { colourOf } from '../overlay/labelColour.ts';
import { layoutNames, type NamedBox, NO_NAMES_LAYOUT, type PlacedName } from '../overlay/layoutNames.ts';
import { outlinePath } from '../overlay/outlinePath.ts';
import { skeletonOf } from '../overlay/skeleton.ts';
import type { ShownLabel } from '../overlay/trackBoard.ts';
import { words } from '../ui/words/words.ts';

/** Height of names as a share of the picture's shorter side: read on a phone that shows all of it. */
const NAME_SHARE = 1 / 32;
const MIN_FONT_PX = 12;
const INK = '#0b0d10';
/** As in Overlay.module.css. */
const MASK_TINT = 0.28;
const SHADE = 'rgb(0 0 0 / 0.45)';

/**
 * A canvas with the picture in all its pixels, and its labels drawn on it: boxes, masks, skeletons, the outlines of texts
 * and codes, and names where each can be read.
 * @throws Error if the browser cannot draw it
 */
export function annotatePicture(image: HTMLImageElement, shown: readonly ShownLabel[]): HTMLCanvasElement {
  const labels = shown.map(({ label }) => label);
  const canvas = cropPicture(image, undefined);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  const { width, height } = canvas;
  const fontPx = Math.max(MIN_FONT_PX, Math.round(Math.min(width, height) * NAME_SHARE));
  const pen = { context, fontPx, line: Math.max(2, Math.round(fontPx / 7)) };
  const frame = { x: 0, y: 0, width, height };
  context.font = `600 ${fontPx}px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'middle';
  const place = { content: frame, mirrored: false };
  const boxes = new Map<number, RectPx>();
  for (const { label, outline } of shown) {
    if (outline) drawMask(pen, new Path2D(outlinePath(outline, place)), colourOf(label));
  }
  for (const label of labels) {
    const box = label.quad ? boxOfQuad(label.quad) : label.box;
    if (box === undefined) continue;
    const rect = boxOnScreen(box, frame, false);
    boxes.set(label.id, rect);
    if (label.quad) drawOutline(pen, scaledQuad(label.quad, width, height), colourOf(label));
    else if (!label.outline) drawBox(pen, rect, colourOf(label));
  }
  for (const { label, points, layout } of shown) {
    if (points === undefined) continue;
    const { bones, joints } = skeletonOf(points, layout, place);
    stroke(pen, new Path2D(bones), colourOf(label));
    stroke({ ...pen, line: pen.line * 2 }, new Path2D(joints), colourOf(label));
  }
  drawNames(pen, labels, boxes, frame);
  drawPictureNames(
    pen,
    labels.filter(({ box, quad }) => !box && !quad),
  );
  return canvas;
}

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly fontPx: number;
  readonly line: number;
}

function textOf(label: Label): string {
  const { seen, format } = words();
  return label.text ?? `${seen.label(label.label)} ${format.percent(label.score)}`;
}

/** A line that is seen on any picture: dark on both sides. */
function stroke({ context, line }: Pen, path: Path2D, colour: string): void {
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.strokeStyle = SHADE;
  context.lineWidth = line * 2;
  context.stroke(path);
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.stroke(path);
}

function drawBox(pen: Pen, { x, y, width, height }: RectPx, colour: string): void {
  const path = new Path2D();
  path.roundRect(x, y, width, height, Math.min(pen.fontPx / 2, width / 4, height / 4));
  stroke(pen, path, colour);
}

function drawOutline(pen: Pen, corners: Quad, colour: string): void {
  const path = new Path2D();
  for (const [x, y] of corners) path.lineTo(x, y);
  path.closePath();
  stroke(pen, path, colour);
}

/** As the overlay shows it: tinted, holes left clear. */
function drawMask(pen: Pen, path: Path2D, colour: string): void {
  const { context } = pen;
  context.globalAlpha = MASK_TINT;
  context.fillStyle = colour;
  context.fill(path, 'evenodd');
  context.globalAlpha = 1;
  stroke(pen, path, colour);
}

function drawNames(
  pen: Pen,
  labels: readonly Label[],
  boxes: ReadonlyMap<number, RectPx>,
  frame: RectPx,
): void {
  const { context, fontPx, line } = pen;
  const chipOf = (text: string) => ({
    width: Math.min(frame.width * 0.8, context.measureText(text).width + fontPx * 1.2),
    height: fontPx * 1.7,
  });
  const named = labels.flatMap((label): NamedBox[] => {
    const box = boxes.get(label.id);
    return box ? [{ id: label.id, box, score: label.score, chip: chipOf(textOf(label)) }] : [];
  });
  const edge = line * 2;
  const bounds = {
    x: edge,
    y: edge,
    width: frame.width - 2 * edge,
    height: frame.height - 2 * edge,
  };
  const moreText = (count: number) => words().seen.more(count);
  const room = { bounds, obstacles: [], more: chipOf(moreText(labels.length)) };
  const { placed, left, more } = layoutNames(named, room, NO_NAMES_LAYOUT, 0);
  for (const label of labels) {
    const name = placed.get(label.id);
    if (name) drawName(pen, name, textOf(label), colourOf(label));
  }
  if (more) drawChip(pen, more, moreText(left.length), '#f5f6f1');
}

function drawName(pen: Pen, { rect, leader }: PlacedName, text: string, colour: string): void {
  if (leader) {
    const path = new Path2D();
    path.moveTo(leader.from.x, leader.from.y);
    path.lineTo(leader.to.x, leader.to.y);
    stroke(pen, path, colour);
  }
  drawChip(pen, rect, text, colour);
}

function drawChip({ context, fontPx }: Pen, rect: RectPx, text: string, colour: string): void {
  const path = new Path2D();
  path.roundRect(rect.x, rect.y, rect.width, rect.height, fontPx * 0.5);
  context.fillStyle = colour;
  context.fill(path);
  context.fillStyle = INK;
  context.fillText(text, rect.x + fontPx * 0.6, rect.y + rect.height / 2, rect.width - fontPx * 1.2);
}

/** Names of the whole picture, the first three, and of outlined parts of it, one below the other. */
function drawPictureNames(pen: Pen, labels: readonly Label[]): void {
  const { context, fontPx } = pen;
  const named = labels.filter(({ outline }, index) => index < 3 || outline !== undefined);
  named.forEach((label, index) => {
    const text = textOf(label);
    const rect = {
      x: fontPx * 0.6,
      y: fontPx * (0.6 + 2 * index),
      width: context.measureText(text).width + fontPx * 1.2,
      height: fontPx * 1.7,
    };
    drawChip(pen, rect, text, colourOf(label));
  });
}
