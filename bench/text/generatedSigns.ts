import sharp from 'sharp';
import type { Random } from '../codes/generatedCodes.ts';

/** A picture with signs, and the lines on them. */
export interface DrawnSigns {
  /** JPEG. */
  readonly image: Uint8Array;
  readonly lines: readonly string[];
  /** What makes it hard. */
  readonly trait: Trait;
}

const TRAITS = [
  'plain',
  'tilted',
  'slanted',
  'small',
  'blurred',
  'faint',
  'inverted',
  'noisy',
  'far',
] as const;
type Trait = (typeof TRAITS)[number];

const SIZE = { width: 960, height: 720 } as const;
const SIGNS = 3;
/** Photographs that lie behind the signs: none has letters. */
const BACKGROUNDS = ['cat', 'cup', 'rocket'].map((name) => `models/coco-ssd/goldens/${name}.png`);

/** One after the other: each with its own trait. The same random numbers give the same pictures, where the fonts are the same. */
export async function drawSigns(count: number, random: Random): Promise<DrawnSigns[]> {
  const pictures: DrawnSigns[] = [];
  for (let i = 0; i < count; i++) {
    pictures.push(await drawPicture(TRAITS[i % TRAITS.length] ?? 'plain', random));
  }
  return pictures;
}

async function drawPicture(trait: Trait, random: Random): Promise<DrawnSigns> {
  const lines: string[] = [];
  const drawn: string[] = [];
  for (let i = 0; i < SIGNS; i++) {
    const sign = drawSign(trait, SIZE.height / SIGNS, random);
    lines.push(...sign.lines);
    drawn.push(`<g transform="translate(0 ${(i * SIZE.height) / SIGNS})">${sign.svg}</g>`);
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}">${drawn.join('')}</svg>`;
  const photo = await sharp(pick(BACKGROUNDS, random))
    .resize({ ...SIZE, fit: 'cover' })
    .removeAlpha()
    .toBuffer();
  const flat = await sharp(photo)
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
  let picture = sharp(flat);
  if (trait === 'blurred') picture = sharp(await picture.blur(0.8 + random() * 0.7).toBuffer());
  if (trait === 'far') picture = sharp(await picture.blur(0.5).toBuffer());
  if (trait === 'noisy') picture = sharp(await withNoise(flat, random));
  const quality = 60 + Math.round(random() * 30);
  return { image: await picture.jpeg({ quality }).toBuffer(), lines, trait };
}

async function withNoise(png: Uint8Array, random: Random): Promise<Buffer> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(0, Math.min(255, (data[i] ?? 0) + (random() + random() + random() - 1.5) * 50));
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Height of the letters in pixels, as fonts count it: from the top of a "d" to the bottom of a "p". */
function letterSize(trait: Trait, random: Random): number {
  const [from, to] = trait === 'far' ? [9, 13] : trait === 'small' ? [14, 20] : [20, 44];
  return from * (to / from) ** random();
}

const FONTS = [
  'DejaVu Sans, Verdana, sans-serif',
  'Liberation Sans, Arial, sans-serif',
  'Liberation Serif, Times New Roman, serif',
  'DejaVu Serif, Georgia, serif',
  'Liberation Sans Narrow, Arial Narrow, sans-serif',
  'DejaVu Sans Mono, Courier New, monospace',
] as const;
/** Letters and what they stand on. */
const COLOURS: readonly (readonly [string, string])[] = [
  ['#202020', '#f2efe6'],
  ['#8a1c1c', '#ffffff'],
  ['#1c3c8a', '#dfe8f0'],
  ['#0b4a20', '#e8e4c0'],
  ['#101010', '#f0b020'],
];
const FAINT: readonly (readonly [string, string])[] = [
  ['#777777', '#a8a8a0'],
  ['#b09878', '#d8c8b0'],
  ['#506880', '#7890a0'],
];

function drawSign(trait: Trait, height: number, random: Random): { lines: string[]; svg: string } {
  const size = letterSize(trait, random);
  const font = pick(FONTS, random);
  const weight = pick(['normal', 'bold'], random);
  const style = random() < 0.15 ? 'italic' : 'normal';
  const pair = pick(trait === 'faint' ? FAINT : COLOURS, random);
  const [ink, paper] = trait === 'inverted' ? [pair[1], pair[0]] : pair;
  const most = Math.max(1, Math.min(4, Math.floor((height * 0.7) / (size * 1.3))));
  const lines = Array.from({ length: 1 + Math.floor(random() * most) }, () => lineText(size, random));
  const step = size * (1.15 + random() * 0.35);
  const width = Math.max(...lines.map((line) => line.length)) * size * 0.76 + size * 1.6;
  const panel = { width, height: step * lines.length + size * 0.8 };
  const x = SIZE.width / 2 + (random() - 0.5) * Math.max(0, SIZE.width - width - 60);
  const isCentred = random() < 0.5;
  const turned = trait === 'tilted' ? (random() - 0.5) * 36 : (random() - 0.5) * 3;
  const slant = trait === 'slanted' ? (random() - 0.5) * 40 : 0;
  const drawn = lines.map((line, i) => {
    const at = isCentred ? 0 : size * 0.8 - width / 2;
    const y = (i + 0.5) * step - (step * lines.length) / 2;
    return `<text x="${at}" y="${y}" text-anchor="${isCentred ? 'middle' : 'start'}" dominant-baseline="central">${line}</text>`;
  });
  const place = `translate(${x} ${height / 2}) rotate(${turned}) skewY(${slant / 2}) skewX(${slant / 3})`;
  const svg = `<g transform="${place}"><rect x="${-width / 2}" y="${-panel.height / 2}" width="${width}" height="${panel.height}" rx="${size / 4}" fill="${paper}"/><g font-family="${font}" font-size="${size}" font-weight="${weight}" font-style="${style}" fill="${ink}">${drawn.join('')}</g></g>`;
  return { lines, svg };
}

const WORDS =
  'the and for at of to exit entrance car park station road street north south museum library please keep clear no smoking private property open daily closed Monday Friday hotel cafe bakery fresh bread coffee tea ticket office platform lift stairs emergency fire door push pull caution wet floor visitors reception parking bicycle only children crossing school zone speed limit water drinking toilets first aid telephone Washington Oxford Berlin Paris gallery garden centre market square bridge river ship priory castle church bank post'.split(
    ' ',
  );

/** Words of a sign, or a number as signs have them. */
function lineText(size: number, random: Random): string {
  const number = (most: number) => 1 + Math.floor(random() * most);
  const kind = random();
  if (kind < 0.06) return String(number(99));
  if (kind < 0.12) return `${number(19) + 4}:${String(number(59)).padStart(2, '0')}`;
  if (kind < 0.18) return `${number(300)}.${String(number(99)).padStart(2, '0')} EUR`;
  const most = Math.floor(700 / (size * 0.76));
  let line = word(random);
  for (let words = Math.floor(random() * 4); words > 0; words--) {
    const longer = `${line} ${random() < 0.12 ? number(500) : word(random)}`;
    if (longer.length <= most) line = longer;
  }
  const style = random();
  return style < 0.3 ? line.toUpperCase() : style < 0.7 ? line.replace(/^./, (c) => c.toUpperCase()) : line;
}

const word = (random: Random): string => pick(WORDS, random);
const pick = <T>(list: readonly T[], random: Random): T => {
  const picked = list[Math.floor(random() * list.length)];
  if (picked === undefined) throw new Error('Nothing to pick from.');
  return picked;
};
