import type { ImageFormat } from '../../protocol/frame.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { cropped, type Pixels } from '../../vision/pixels.ts';
import { follow, type Size, stepsOf } from '../../vision/steps.ts';
import { planTiles, type Tile } from '../../vision/tiles/planTiles.ts';
import type { TileFrame } from '../../vision/tiles/tileFrame.ts';
import { fittedTile, tilePx } from '../../vision/tiles/tilePx.ts';
import {
  asUndecodable,
  carryOut,
  type Decoded,
  isWhole,
  openPicture,
  read,
  toSharp,
  upright,
} from './decode.ts';

/** A picture with more pixels is made smaller first: its tiles show as much as a model sees of them, and the memory is bounded. */
const MAX_TILED_PIXELS = 12_582_912;

/**
 * Decodes a picture once, and prepares it and each of its tiles for a model, as `decode` does a whole picture.
 * @throws UndecodableError
 */
export function decodeWithTiles(
  image: Uint8Array,
  format: ImageFormat,
  input: Omit<ModelInput, 'name'>,
  { maxPixels }: { maxPixels: number },
): Promise<Decoded & { tiles: TileFrame[] }> {
  return asUndecodable(async () => {
    const { picture, found } = await openPicture(image, format, maxPixels);
    const pixels = await read(bounded(upright(picture), found.autoOrient));
    const { moves, fitted, size } = follow(stepsOf(input), pixels);
    const { data } = await carryOut(moves, toSharp(pixels));
    const tiles: TileFrame[] = [];
    for (const tile of planTiles(pixels, input)) tiles.push(await frameOf(pixels, tile, input));
    return { pixels: data, size, fitted: isWhole(fitted) ? undefined : fitted, tiles };
  });
}

function bounded(picture: ReturnType<typeof upright>, { width, height }: Size) {
  const scale = Math.sqrt(MAX_TILED_PIXELS / (width * height));
  if (scale >= 1) return picture;
  return picture.resize(Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale)), {
    fit: 'fill',
  });
}

async function frameOf(
  picture: Pixels,
  { part, isMirrored }: Tile,
  input: Omit<ModelInput, 'name'>,
): Promise<TileFrame> {
  const tile = tilePx(part, picture);
  const { moves, fitted, size } = follow(stepsOf(input), tile);
  const pixels = { ...(await carryOut(moves, toSharp(cropped(picture, tile)))), ...size };
  // Not packed: a worker would have to unpack it.
  const image = await toSharp(pixels).flop(isMirrored).png({ compressionLevel: 0 }).toBuffer();
  return { fitted: fittedTile(fitted, tile, picture), isMirrored, image };
}
