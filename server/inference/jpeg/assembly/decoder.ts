import { convertRow, enlargeRow } from './colours';
import { forgetTables, isStreamUsedUp, openStream, placeOf, readRow, readTable, STREAM_GUARD, tableOf } from './huffman';
import { COMPONENTS, componentAt } from './state';
import { forgetExcess, hasExcess, transformBlock } from './transform';

/**
 * A decoder of baseline JPEGs in three colours, as pages and canvases of browsers write them: ITU-T T.81. It takes nothing else and
 * nothing that is not whole: it says no, and another decoder finds out what it is.
 */

/** Markers: T.81, table B.1. */
const SOI: u32 = 0xd8;
const EOI: u32 = 0xd9;
const SOS: u32 = 0xda;
const DQT: u32 = 0xdb;
const DHT: u32 = 0xc4;
const SOF0: u32 = 0xc0;
/** Of JFIF; and of colour profiles, which are not followed. */
const APP0: u32 = 0xe0;
const APP2: u32 = 0xe2;

const BLOCK: u32 = 8;
const BLOCK_BYTES: u32 = 128;
/** Blocks of a unit at most: four of light, two of colours. */
const MAX_BLOCKS: u32 = 6;

const QUANTISATION_TABLES: u32 = 4;
const quantisation = memory.data(4 * 128, 16);
const isDefined = memory.data(4, 4);
/** Of each block of a unit, its component. */
const unitBlocks = memory.data(4 * 6, 4);

/** What vectors may read or write behind the end of anything. */
const VECTOR_GUARD: usize = 64;

// Parts of memory, one after another, for the picture at hand.
let file: usize = 0;
let streamTop: usize = 0;
let planes: usize = 0;
let coefficients: usize = 0;
let lasts: usize = 0;
let sums: usize = 0;
let blueRow: usize = 0;
let redRow: usize = 0;
let pixels: usize = 0;

const aligned = (bytes: usize): usize => (bytes + 63) & ~63;

/**
 * Makes room for a picture.
 * @param length of its file, bytes
 * @returns where the file belongs; 0 where there is not enough memory
 */
export function prepare(length: u32, width: u32, height: u32): usize {
  // Whole units of the largest kind.
  const across = (width + 15) & ~15;
  const down = (height + 15) & ~15;
  file = aligned(__heap_base);
  streamTop = aligned(file + length + VECTOR_GUARD + STREAM_GUARD + length + VECTOR_GUARD);
  planes = streamTop;
  coefficients = aligned(planes + COMPONENTS * across * down + VECTOR_GUARD);
  // For one row of units. 4:4:4 has three blocks for 8 pixels, 4:2:0 six for 16.
  lasts = coefficients + (across / BLOCK) * COMPONENTS * BLOCK_BYTES;
  sums = aligned(lasts + (across / BLOCK) * COMPONENTS);
  blueRow = aligned(sums + 2 * across + 2 * VECTOR_GUARD);
  redRow = aligned(blueRow + across + VECTOR_GUARD);
  pixels = aligned(redRow + across + VECTOR_GUARD);
  const end = pixels + 3 * width * height + VECTOR_GUARD;
  const missing = (<i32>end - (memory.size() << 16) + 0xffff) >> 16;
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  return file;
}

/**
 * Decodes the file that lies where `prepare` said.
 * @returns where the pixels are, red, green and blue, row by row; 0 where the file is anything else than what is said above, or
 * has another size
 */
export function decode(length: u32, width: u32, height: u32): usize {
  const end = file + length;
  if (length < 4 || load<u8>(file) != 0xff || load<u8>(file + 1) != SOI) return 0;
  forgetTables();
  store<u32>(isDefined, 0);
  let hasFrame = false;
  let at = file + 2;
  // T.81, B.1.1.4: a marker, then the length of its segment, which counts itself.
  while (at + 4 <= end && load<u8>(at) == 0xff) {
    const marker = <u32>load<u8>(at + 1);
    const body = at + 4;
    const next = at + 2 + uint16(at + 2);
    if (next < body || next > end) return 0;
    if (marker == SOS) {
      return hasFrame && readScanHeader(body, next) && readScan(next, end, width, height) ? pixels : 0;
    } else if (marker == SOF0) {
      if (hasFrame || !readFrame(body, next, width, height)) return 0;
      hasFrame = true;
    } else if (marker == DQT) {
      if (!readQuantisation(body, next)) return 0;
    } else if (marker == DHT) {
      if (!readHuffman(body, next)) return 0;
    } else if (marker != APP0 && marker != APP2) {
      return 0;
    }
    at = next;
  }
  return 0;
}

function uint16(at: usize): u32 {
  return (<u32>load<u8>(at) << 8) | load<u8>(at + 1);
}

/** T.81, B.2.4.1. */
function readQuantisation(from: usize, end: usize): bool {
  let at = from;
  while (at < end) {
    const id = <u32>load<u8>(at);
    // Steps of 8 bits, the only ones of baseline, have a zero in the upper half.
    if (id >= QUANTISATION_TABLES || at + 65 > end) return false;
    const table = quantisation + 128 * id;
    for (let order: u32 = 0; order < 64; order++) {
      const step = <u16>load<u8>(at + 1 + order);
      if (step == 0) return false;
      store<u16>(table + 2 * placeOf(order), step);
    }
    store<u8>(isDefined + id, 1);
    at += 65;
  }
  return true;
}

/** T.81, B.2.4.2. */
function readHuffman(from: usize, end: usize): bool {
  let at = from;
  while (at < end) {
    const kind = <u32>load<u8>(at);
    if (kind >> 4 > 1) return false;
    const length = readTable(<bool>(kind >> 4), kind & 15, at + 1, end);
    if (length == 0) return false;
    at += 1 + length;
  }
  return true;
}

/** T.81, B.2.2. */
function readFrame(from: usize, end: usize, width: u32, height: u32): bool {
  if (end - from != 6 + 3 * COMPONENTS || load<u8>(from) != 8) return false;
  if (uint16(from + 1) != height || uint16(from + 3) != width || load<u8>(from + 5) != COMPONENTS) return false;
  for (let index: u32 = 0; index < COMPONENTS; index++) {
    const at = from + 6 + 3 * index;
    const component = componentAt(index);
    const sampling = <u32>load<u8>(at + 1);
    component.id = load<u8>(at);
    component.across = sampling >> 4;
    component.down = sampling & 15;
    component.quantisationId = load<u8>(at + 2);
    // The numbers of JFIF: others may mean other colours.
    if (component.id != index + 1 || component.quantisationId >= QUANTISATION_TABLES) return false;
    if (index > 0 && sampling != 0x11) return false;
  }
  // 4:4:4; and 4:2:2 and 4:2:0, where there are colours to shade between: libjpeg repeats the first two.
  const light = componentAt(0);
  if (light.across == 1) return light.down == 1;
  return light.across == 2 && (light.down == 1 || light.down == 2) && width > 4;
}

/** T.81, B.2.3. */
function readScanHeader(from: usize, end: usize): bool {
  if (end - from != 4 + 2 * COMPONENTS || load<u8>(from) != COMPONENTS) return false;
  for (let index: u32 = 0; index < COMPONENTS; index++) {
    const component = componentAt(index);
    const tables = <u32>load<u8>(from + 2 + 2 * index);
    if (load<u8>(from + 1 + 2 * index) != component.id) return false;
    component.dc = tableOf(false, tables >> 4);
    component.ac = tableOf(true, tables & 15);
    if (component.dc == 0 || component.ac == 0 || load<u8>(isDefined + component.quantisationId) == 0) return false;
    component.steps = quantisation + 128 * component.quantisationId;
    component.lastDc = 0;
  }
  // All coefficients, in full.
  return load<u8>(end - 3) == 0 && load<u8>(end - 2) == 63 && load<u8>(end - 1) == 0;
}

function readScan(from: usize, end: usize, width: u32, height: u32): bool {
  const after = openStream(from, end, streamTop);
  // The end of the picture is that of the file.
  if (after == 0 || after + 2 != end || load<u8>(after + 1) != EOI) return false;
  const light = componentAt(0);
  const units = (width + BLOCK * light.across - 1) / (BLOCK * light.across);
  const rows = (height + BLOCK * light.down - 1) / (BLOCK * light.down);
  let blocks: u32 = 0;
  let plane = planes;
  for (let index: u32 = 0; index < COMPONENTS; index++) {
    const component = componentAt(index);
    component.stride = BLOCK * units * component.across;
    component.plane = plane;
    plane += component.stride * BLOCK * component.down * rows;
    for (let block: u32 = 0; block < component.across * component.down; block++) {
      store<usize>(unitBlocks + 4 * blocks++, changetype<usize>(component));
    }
  }
  memory.fill(coefficients, 0, units * blocks * BLOCK_BYTES);
  forgetExcess();
  for (let row: u32 = 0; row < rows; row++) {
    if (!readRow(units, blocks, unitBlocks, coefficients, lasts)) return false;
    transformRow(row, units);
  }
  if (!isStreamUsedUp() || hasExcess()) return false;
  convert(width, height);
  return true;
}

/** One row of units, from coefficients to samples. */
function transformRow(row: u32, units: u32): void {
  let block = coefficients;
  let last = lasts;
  for (let unit: u32 = 0; unit < units; unit++) {
    for (let index: u32 = 0; index < COMPONENTS; index++) {
      const component = componentAt(index);
      const across = component.across;
      const down = component.down;
      const stride = component.stride;
      let line = component.plane + row * BLOCK * down * stride + unit * BLOCK * across;
      for (let y: u32 = 0; y < down; y++) {
        for (let x: u32 = 0; x < across; x++) {
          transformBlock(block, load<u8>(last++), component.steps, line + BLOCK * x, stride);
          block += BLOCK_BYTES;
        }
        line += BLOCK * stride;
      }
    }
  }
}

function convert(width: u32, height: u32): void {
  const light = componentAt(0);
  const blue = componentAt(1);
  const red = componentAt(2);
  const across = (width + 1) >> 1;
  const lastRow = ((height + 1) >> 1) - 1;
  let to = pixels;
  for (let y: u32 = 0; y < height; y++) {
    const lightRow = light.plane + y * light.stride;
    if (light.across == 1) {
      const offset = y * blue.stride;
      convertRow(lightRow, blue.plane + offset, red.plane + offset, width, to);
    } else {
      let near = y;
      let far = y;
      if (light.down == 2) {
        near = y >> 1;
        // Of the two rows of colours around it; beyond the edges the last one is repeated.
        far = y & 1 ? min(near + 1, lastRow) : near == 0 ? 0 : near - 1;
      }
      const isDown = light.down == 2;
      enlargeRow(isDown, blue.plane + near * blue.stride, blue.plane + far * blue.stride, across, sums, blueRow);
      enlargeRow(isDown, red.plane + near * red.stride, red.plane + far * red.stride, across, sums, redRow);
      convertRow(lightRow, blueRow, redRow, width, to);
    }
    to += 3 * width;
  }
}
