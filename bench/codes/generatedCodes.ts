import bwip from 'bwip-js/node';
import sharp from 'sharp';
import type { GreyPicture } from '../../vision/codes/greyPicture.ts';

/** A code in a generated picture: what it holds, and where it is. */
export interface DrawnCode {
  readonly format: string;
  readonly isLinear: boolean;
  /** What a reader should say. */
  readonly text: string;
  /** Degrees, clockwise. */
  readonly tilt: number;
  /** Its corners in pixels, clockwise from its own top left, without the quiet zone. */
  readonly quad: readonly [Point, Point, Point, Point];
  /** How it is drawn: what makes it hard. */
  readonly trait: Trait;
}

export interface DrawnPicture {
  readonly picture: GreyPicture;
  readonly codes: readonly DrawnCode[];
}

type Point = readonly [number, number];
export type Random = () => number;
const TRAITS = ['plain', 'rotated', 'sheared', 'small', 'blurred', 'inverted', 'faint', 'noisy'] as const;
type Trait = (typeof TRAITS)[number];

interface Symbology {
  readonly bcid: string;
  readonly format: string;
  readonly isLinear: boolean;
  text(random: Random): string;
  /** What is drawn, where that differs from what is read. */
  drawn?(text: string): string;
  readonly options?: Record<string, unknown>;
  readonly canInvert?: boolean;
}

const digits = (random: Random, count: number) =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
const letters = (random: Random, count: number) =>
  Array.from({ length: count }, () => 'ABCDEFGHJKLMNPRSTUVWXYZ'[Math.floor(random() * 23)]).join('');

/** With the check digit of GS1 behind them. */
function checked(body: string): string {
  const sum = [...body]
    .reverse()
    .reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
  return body + ((10 - (sum % 10)) % 10);
}

const url = (random: Random) => `https://example.com/${letters(random, 6).toLowerCase()}`;
const gtin = (random: Random) => `01${checked(`0${digits(random, 12)}`)}`;
const inBrackets = (text: string) => `(01)${text.slice(2)}`;

const SYMBOLOGIES: readonly Symbology[] = [
  { bcid: 'qrcode', format: 'QRCode', isLinear: false, text: url },
  { bcid: 'microqrcode', format: 'MicroQRCode', isLinear: false, text: (r) => digits(r, 8) },
  {
    bcid: 'rectangularmicroqrcode',
    format: 'RMQRCode',
    isLinear: false,
    text: (r) => letters(r, 10),
    options: { version: 'R13x43' },
  },
  { bcid: 'datamatrix', format: 'DataMatrix', isLinear: false, text: (r) => letters(r, 12) },
  { bcid: 'azteccode', format: 'Aztec', isLinear: false, text: url },
  { bcid: 'pdf417', format: 'PDF417', isLinear: false, text: (r) => letters(r, 14), options: { columns: 3 } },
  {
    bcid: 'maxicode',
    format: 'MaxiCode',
    isLinear: false,
    text: (r) => letters(r, 20),
    options: { mode: 4 },
  },
  { bcid: 'ean13', format: 'EAN13', isLinear: true, text: (r) => checked(`4${digits(r, 11)}`) },
  { bcid: 'ean8', format: 'EAN8', isLinear: true, text: (r) => checked(digits(r, 7)) },
  { bcid: 'upca', format: 'UPCA', isLinear: true, text: (r) => checked(digits(r, 11)) },
  { bcid: 'code39', format: 'Code39', isLinear: true, text: (r) => letters(r, 6) },
  {
    bcid: 'code93',
    format: 'Code93',
    isLinear: true,
    text: (r) => letters(r, 7),
    options: { includecheck: true },
  },
  { bcid: 'code128', format: 'Code128', isLinear: true, text: (r) => `${letters(r, 4)}-${digits(r, 6)}` },
  { bcid: 'interleaved2of5', format: 'ITF', isLinear: true, text: (r) => digits(r, 14) },
  { bcid: 'rationalizedCodabar', format: 'Codabar', isLinear: true, text: (r) => `A${digits(r, 8)}B` },
  { bcid: 'databaromni', format: 'DataBarOmni', isLinear: true, text: gtin, drawn: inBrackets },
  { bcid: 'databarlimited', format: 'DataBarLtd', isLinear: true, text: gtin, drawn: inBrackets },
  {
    bcid: 'databarexpanded',
    format: 'DataBarExp',
    isLinear: true,
    text: (r) => `${gtin(r)}10${letters(r, 3)}`,
    drawn: (text) => `(01)${text.slice(2, 16)}(10)${text.slice(18)}`,
  },
];

/** The same seed gives the same pictures. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const PICTURE = { width: 1280, height: 720 } as const;
/** Pixels for each module as bwip-js draws it. */
const DRAWN_SCALE = 4;

/** Pictures with one to four codes of all symbologies, `count` codes in all. */
export async function drawCodes(count: number, random: Random): Promise<DrawnPicture[]> {
  const pictures: DrawnPicture[] = [];
  for (let drawn = 0; drawn < count; ) {
    const perPicture = Math.min(count - drawn, [1, 1, 2, 4][Math.floor(random() * 4)] ?? 1);
    const orders = Array.from({ length: perPicture }, (_, i) => ({
      symbology: SYMBOLOGIES[(drawn + i) % SYMBOLOGIES.length] as Symbology,
      trait: TRAITS[Math.floor((drawn + i) / SYMBOLOGIES.length) % TRAITS.length] as Trait,
    }));
    pictures.push(await drawPicture(orders, random));
    drawn += perPicture;
  }
  return pictures;
}

/** Codes of bars, one in each picture, at a tilt of 25 to 45 degrees to either side. */
export async function drawTiltedBars(count: number, random: Random): Promise<DrawnPicture[]> {
  const linear = SYMBOLOGIES.filter(({ isLinear }) => isLinear);
  const pictures: DrawnPicture[] = [];
  for (let i = 0; i < count; i++) {
    const tilt = (25 + random() * 20) * (random() < 0.5 ? -1 : 1);
    pictures.push(
      await drawPicture(
        [{ symbology: linear[i % linear.length] as Symbology, trait: 'rotated', tilt }],
        random,
      ),
    );
  }
  return pictures;
}

interface Order {
  symbology: Symbology;
  trait: Trait;
  tilt?: number;
}

async function drawPicture(orders: readonly Order[], random: Random): Promise<DrawnPicture> {
  const { width, height } = PICTURE;
  const data = background(random);
  const codes: DrawnCode[] = [];
  const columns = orders.length === 1 ? 1 : 2;
  const rows = orders.length > 2 ? 2 : 1;
  for (const [i, order] of orders.entries()) {
    const cell = {
      x: (i % columns) * (width / columns),
      y: Math.floor(i / columns) * (height / rows),
      width: width / columns,
      height: height / rows,
    };
    codes.push(await drawCode(data, cell, order, random));
  }
  return { picture: { data, width, height }, codes };
}

/** Paper in uneven light. */
function background(random: Random): Uint8Array {
  const { width, height } = PICTURE;
  const [base, slopeX, slopeY] = [150 + random() * 80, (random() - 0.5) * 60, (random() - 0.5) * 60];
  return Uint8Array.from({ length: width * height }, (_, i) =>
    clamp(
      base + slopeX * ((i % width) / width - 0.5) + slopeY * (i / width / height - 0.5) + gauss(random) * 2,
    ),
  );
}

interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function drawCode(target: Uint8Array, cell: Cell, order: Order, random: Random): Promise<DrawnCode> {
  const { symbology, trait } = order;
  const text = symbology.text(random);
  const png = await bwip.toBuffer({
    bcid: symbology.bcid,
    text: symbology.drawn?.(text) ?? text,
    scale: DRAWN_SCALE,
    ...(symbology.isLinear && !symbology.bcid.startsWith('databar') && { height: 12 }),
    ...symbology.options,
  } as Parameters<typeof bwip.toBuffer>[0]);
  const drawn = await sharp(png)
    .flatten({ background: 'white' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [codeWidth, codeHeight] = [drawn.info.width, drawn.info.height];
  const quiet = (symbology.isLinear ? 11 : 4) * DRAWN_SCALE;

  const tilt = order.tilt ?? tiltOf(trait, random);
  const shear = trait === 'sheared' ? (random() - 0.5) * 0.5 : 0;
  const blur = trait === 'blurred' ? 0.7 + random() * 0.6 : 0.4;
  const [dark, light] = trait === 'faint' ? [110, 150] : [30 + random() * 20, 215 + random() * 20];
  const isInverted = trait === 'inverted';
  const grain = trait === 'noisy' ? 14 : 3;
  const radians = (tilt * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const turnedWidth =
    (codeWidth + 2 * quiet) * Math.abs(cos) + (codeHeight + 2 * quiet) * (Math.abs(sin) + Math.abs(shear));
  const turnedHeight = (codeWidth + 2 * quiet) * Math.abs(sin) + (codeHeight + 2 * quiet) * Math.abs(cos);
  const fitting = Math.min((cell.width - 16) / turnedWidth, (cell.height - 16) / turnedHeight);
  // Pixels for each module, as far as the cell allows.
  const module = trait === 'small' ? 1.5 + random() * 0.5 : 2.2 + random() * 2.8;
  const scale = Math.min(fitting, module / DRAWN_SCALE);
  const centre: Point = [cell.x + cell.width / 2, cell.y + cell.height / 2];

  // From the code's pixels, counted from its centre, to the picture: sheared, scaled, turned.
  const toTarget = (x: number, y: number): Point => {
    const [sheared, down] = [(x + shear * y) * scale, y * scale];
    return [centre[0] + sheared * cos - down * sin, centre[1] + sheared * sin + down * cos];
  };
  const ink = (u: number, v: number) => {
    const [x, y] = [Math.floor(u + codeWidth / 2), Math.floor(v + codeHeight / 2)];
    const inside = x >= 0 && y >= 0 && x < codeWidth && y < codeHeight;
    return inside ? ((drawn.data[y * codeWidth + x] ?? 255) < 128 ? 1 : 0) : 0;
  };
  const reachX = turnedWidth * scale * 0.5 + 2;
  const reachY = turnedHeight * scale * 0.5 + 2;
  const patch = {
    x: Math.max(0, Math.floor(centre[0] - reachX)),
    y: Math.max(0, Math.floor(centre[1] - reachY)),
  };
  const right = Math.min(PICTURE.width, Math.ceil(centre[0] + reachX));
  const bottom = Math.min(PICTURE.height, Math.ceil(centre[1] + reachY));
  const [patchWidth, patchHeight] = [right - patch.x, bottom - patch.y];
  const pixels = new Uint8Array(patchWidth * patchHeight);
  const GRID = 5;
  for (let py = 0; py < patchHeight; py++) {
    for (let px = 0; px < patchWidth; px++) {
      let [covered, paper] = [0, 0];
      for (let i = 0; i < GRID * GRID; i++) {
        const dx = patch.x + px + ((i % GRID) + 0.5) / GRID - centre[0];
        const dy = patch.y + py + (Math.floor(i / GRID) + 0.5) / GRID - centre[1];
        const v = (-dx * sin + dy * cos) / scale;
        const u = (dx * cos + dy * sin) / scale - shear * v;
        if (Math.abs(u) > codeWidth / 2 + quiet || Math.abs(v) > codeHeight / 2 + quiet) continue;
        paper += 1;
        covered += ink(u, v);
      }
      const at = (patch.y + py) * PICTURE.width + patch.x + px;
      const share = paper === 0 ? 0 : covered / paper;
      const level = isInverted ? light + (dark - light) * (1 - share) : light + (dark - light) * share;
      const outside = target[at] ?? 200;
      pixels[py * patchWidth + px] = clamp(outside + ((level - outside) * paper) / (GRID * GRID));
    }
  }
  const { data: blurred } = await sharp(pixels, {
    raw: { width: patchWidth, height: patchHeight, channels: 1 },
  })
    .blur(blur)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const channels = blurred.length / pixels.length;
  for (let py = 0; py < patchHeight; py++) {
    for (let px = 0; px < patchWidth; px++) {
      const value = blurred[(py * patchWidth + px) * channels] ?? 0;
      target[(patch.y + py) * PICTURE.width + patch.x + px] = clamp(value + gauss(random) * grain);
    }
  }
  const [w, h] = [codeWidth / 2, codeHeight / 2];
  return {
    format: symbology.format,
    isLinear: symbology.isLinear,
    text,
    tilt,
    trait,
    quad: [toTarget(-w, -h), toTarget(w, -h), toTarget(w, h), toTarget(-w, h)],
  };
}

function tiltOf(trait: Trait, random: Random): number {
  if (trait === 'rotated') return random() * 360;
  return (random() - 0.5) * 10;
}

const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

/** About normal, of deviation 1. */
function gauss(random: Random): number {
  let sum = 0;
  for (let i = 0; i < 6; i++) sum += random();
  return (sum - 3) * Math.SQRT2;
}
