import { isIos } from '../../browser/isIos.ts';

/** How models are run on this device. */
export interface Tuning {
  /** Threads of one run with WebAssembly. */
  readonly threads: number;
  /** Whether WebGPU may prove itself; undefined: it may. Else why not, for a reader. */
  readonly noGpu: string | undefined;
  /** Whether WebGPU is tried even where the processor plays it, which is slower than all else: for tests. */
  readonly maySoftwareGpu: boolean;
  /** Number of pictures before WebGPU is tried: a device on standby must not load its runtime of 26 MB. */
  readonly trialAfterRuns: number;
  /** And time of consecutive pictures before that: until then labels and camera need the processor. */
  readonly trialAfterMs: number;
  /** Compiling the programs of a runtime may take long, but no longer than this; and no longer may a file of it be on its way. */
  readonly trialLimitMs: number;
  /** Whether runtimes and numbers of threads are raced; undefined: they are. Else why not, for a reader. */
  readonly noRace: string | undefined;
  /** Number of pictures, and time of consecutive pictures, before the race: labels come first. */
  readonly raceAfterRuns: number;
  readonly raceAfterMs: number;
  /** Number of pictures, or time, after which a worker is renewed; never where infinite. */
  readonly renewAfterRuns: number;
  readonly renewAfterMs: number;
}

/** More gain little, and the page and the camera need a core as well. */
const MAX_THREADS = 4;

/** What the browser reports of the device. */
interface NavigatorHints {
  readonly userAgent: string;
  readonly maxTouchPoints: number;
  readonly hardwareConcurrency: number;
}

/**
 * What suits this device.
 * @param page `crossOriginIsolated`: whether threads may share memory
 */
export function tuningOf(page: { readonly crossOriginIsolated: boolean }, device: NavigatorHints): Tuning {
  const trial = { maySoftwareGpu: false, trialAfterRuns: 10, trialAfterMs: 60_000, trialLimitMs: 120_000 };
  const race = { raceAfterRuns: 10, raceAfterMs: 10_000 };
  if (isIos(device)) {
    return {
      // Threads hang (issue 11679 of onnxruntime), WebGPU crashes after some 500 runs (27584), memory grows (26827).
      threads: 1,
      noGpu: 'WebGPU crashes on iOS',
      ...trial,
      noRace: 'one runtime on iOS: a second one in memory may end the page',
      ...race,
      renewAfterRuns: 1_500,
      renewAfterMs: 600_000,
    };
  }
  return {
    // Measured on two cores: 77 ms on one thread, 43 ms on both.
    threads: page.crossOriginIsolated ? Math.max(1, Math.min(MAX_THREADS, surelyCores(device))) : 1,
    noGpu: undefined,
    ...trial,
    noRace: undefined,
    ...race,
    renewAfterRuns: Number.POSITIVE_INFINITY,
    renewAfterMs: Number.POSITIVE_INFINITY,
  };
}

/**
 * How many cores there are at the least, as far as can be known. WebKit reports 4 for any machine with fewer than 8. Four
 * threads on two busy cores wait for each other: 850 ms a picture, where two take 300 and one 470.
 */
function surelyCores({ userAgent, hardwareConcurrency }: NavigatorHints): number {
  const isWebKit = /AppleWebKit\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent);
  return isWebKit && hardwareConcurrency < 8 ? Math.min(2, hardwareConcurrency) : hardwareConcurrency;
}
