import { stripVTControlCharacters } from 'node:util';
import decodeQR from 'qr/decode.js';

const MODULE_PX = 4;

/** Lines of a QR code in a terminal: light modules are drawn, each sign is one module wide and two high. */
export const qrLines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split(/\r?\n/)
    .filter((line) => /^ {2}[█▀▄ ]{20,}$/.test(line))
    .map((line) => line.slice(2));

/**
 * Reads the QR code that stands in a terminal, as a phone's camera does.
 * @throws Error where there is none, or it cannot be read
 */
export function readQr(text: string): string {
  const rows = qrLines(text).flatMap((line) => {
    const signs = [...line];
    return [signs.map((sign) => '█▀'.includes(sign)), signs.map((sign) => '█▄'.includes(sign))];
  });
  const [width, height] = [(rows[0]?.length ?? 0) * MODULE_PX, rows.length * MODULE_PX];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLight = rows[Math.floor(y / MODULE_PX)]?.[Math.floor(x / MODULE_PX)];
      data.set(isLight ? [255, 255, 255, 255] : [0, 0, 0, 255], (y * width + x) * 4);
    }
  }
  return decodeQR({ width, height, data });
}
