import sharp from 'sharp';

/** A line of text in a drawing. */
export interface DrawnLine {
  readonly text: string;
  /** Where its middle lies, pixels. */
  readonly x: number;
  readonly y: number;
  /** Height of the letters, pixels. */
  readonly size: number;
  /** Clockwise, degrees. Default 0. */
  readonly turned?: number;
  readonly colour?: string;
}

const WIDTH = 640;
const HEIGHT = 416;

/**
 * Pictures that the model must read as they were drawn, in reading order: spaces, numbers that stand on their own, a tilted line, one
 * upside down, and two that run up and down.
 */
export const textGoldens: readonly { readonly name: string; readonly lines: readonly DrawnLine[] }[] = [
  {
    name: 'sign',
    lines: [
      { text: 'Station Road 12', x: 320, y: 60, size: 48 },
      { text: 'Open daily from 9 to 17', x: 320, y: 140, size: 32, colour: '#8a1c1c' },
      { text: 'Total 31.87 EUR', x: 200, y: 220, size: 30 },
      { text: '69', x: 520, y: 220, size: 44 },
      { text: 'Bicycle parking', x: 300, y: 330, size: 34, turned: -12, colour: '#1c3c8a' },
    ],
  },
  {
    name: 'turned',
    lines: [
      { text: 'The lift is out of order', x: 320, y: 70, size: 40 },
      { text: 'Please close the door', x: 330, y: 180, size: 34, turned: 180 },
      { text: 'Emergency exit', x: 70, y: 245, size: 34, turned: -90, colour: '#0b6b2e' },
      { text: 'Keep clear', x: 590, y: 270, size: 34, turned: 90, colour: '#8a1c1c' },
      { text: 'Second floor', x: 330, y: 340, size: 30 },
    ],
  },
];

/** A PNG of the lines on paper. */
export async function drawTextGolden(
  lines: readonly DrawnLine[],
  { width = WIDTH, height = HEIGHT }: { width?: number; height?: number } = {},
): Promise<Uint8Array> {
  const drawn = lines.map(
    ({ text, x, y, size, turned = 0, colour = '#202020' }) =>
      `<text x="${x}" y="${y}" font-family="DejaVu Sans, Arial, sans-serif" font-size="${size}" fill="${colour}" text-anchor="middle" dominant-baseline="central" transform="rotate(${turned} ${x} ${y})">${escaped(text)}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#f2efe6"/>${drawn.join('')}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png({ compressionLevel: 9, palette: false }).toBuffer();
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
