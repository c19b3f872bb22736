import { prepareZXingModule, ZXING_WASM_VERSION, type ZXingReaderModule } from 'zxing-wasm/reader';
import type { CodeReader, FoundCode, ReadEffort } from './codeReader.ts';

/** What every module of Emscripten has; its types would be global ones. */
interface Memory {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

type Options = Parameters<ZXingReaderModule['readBarcodesFromPixmap']>[3];
type Result = NonNullable<ReturnType<ReturnType<ZXingReaderModule['readBarcodesFromPixmap']>['get']>>;

/** Which reader it is. */
export const ZXING_VERSION = `zxing-wasm-${ZXING_WASM_VERSION}`;

/** The order of the enums of zxing-cpp, which its bindings take as numbers. */
const EAN_ADD_ON_READ = 1;
const TEXT_PLAIN = 0;
const CHARACTER_SET_UNKNOWN = 0;
const LOCAL_AVERAGE = 0;
/** Of more codes in one picture nobody can tap one. */
const MAX_CODES = 64;

/**
 * Opens zxing-cpp.
 * @param wasm the file `zxing_reader.wasm` of the package: left to itself, it would fetch it from another origin
 * @throws WebAssembly.CompileError, or where the browser has no WebAssembly
 */
export async function openZxingReader(wasm: ArrayBuffer): Promise<CodeReader> {
  const overrides = { wasmBinary: wasm };
  const zxing = (await prepareZXingModule({ overrides, fireImmediately: true })) as ZXingReaderModule &
    Memory;
  return ({ data, width, height }, effort) => {
    // Its typed functions take RGBA and make grey of it; the pixels are grey already.
    const pixels = zxing._malloc(data.byteLength);
    if (pixels === 0) throw new Error(`No memory for a picture of ${width}x${height} pixels.`);
    try {
      zxing.HEAPU8.set(data, pixels);
      const results = zxing.readBarcodesFromPixmap(pixels, width, height, optionsOf(effort));
      try {
        const found: FoundCode[] = [];
        for (let i = 0; i < results.size(); i++) {
          const result = results.get(i);
          if (result?.isValid) found.push(toCode(result));
        }
        return found;
      } finally {
        results.delete();
      }
    } finally {
      zxing._free(pixels);
    }
  };
}

function optionsOf({ kind, harder, rotate, invert, downscale, denoise }: ReadEffort): Options {
  return {
    formats: kind === 'linear' ? 'AllLinear' : kind === 'matrix' ? 'AllMatrix' : (kind ?? []).join(','),
    tryHarder: harder ?? false,
    tryRotate: rotate ?? false,
    tryInvert: invert ?? false,
    tryDownscale: downscale ?? false,
    tryDenoise: denoise ?? false,
    binarizer: LOCAL_AVERAGE,
    isPure: false,
    downscaleFactor: 3,
    downscaleThreshold: 500,
    minLineCount: 2,
    maxNumberOfSymbols: MAX_CODES,
    validateOptionalChecksum: false,
    returnErrors: false,
    eanAddOnSymbol: EAN_ADD_ON_READ,
    textMode: TEXT_PLAIN,
    characterSet: CHARACTER_SET_UNKNOWN,
    tryCode39ExtendedMode: true,
  };
}

function toCode(result: Result): FoundCode {
  const { topLeft, topRight, bottomRight, bottomLeft } = result.position;
  const addOn = addOnIn(result.extra);
  return {
    format: result.format,
    isLinear: result.lineCount > 0,
    isInverted: result.isInverted,
    bytes: withoutAddOn(result.bytes, addOn),
    declaredText: result.hasECI ? result.text : undefined,
    addOn,
    quad: [
      [topLeft.x, topLeft.y],
      [topRight.x, topRight.y],
      [bottomRight.x, bottomRight.y],
      [bottomLeft.x, bottomLeft.y],
    ],
  };
}

function addOnIn(extra: string): string | undefined {
  if (!extra.includes('EanAddOn')) return undefined;
  const { EanAddOn } = JSON.parse(extra);
  return typeof EanAddOn === 'string' ? EanAddOn : undefined;
}

/** The reader appends what stands beside an article's number to the number, sometimes. */
function withoutAddOn(bytes: Uint8Array, addOn = ''): Uint8Array {
  const end = bytes.subarray(bytes.length - addOn.length);
  return String.fromCharCode(...end) === addOn ? bytes.subarray(0, bytes.length - addOn.length) : bytes;
}
