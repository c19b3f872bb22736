import { AGE_PARTS, type AgePart } from '../../client/stream/frameAge.ts';
import { quantile } from '../../protocol/quantile.ts';
import type { FlashSample } from './flashMeter.ts';

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The parts of the way, in their order: those before the frame is captured that gets the label, then those of its age. */
export const PATH_PARTS = ['camera', 'wait', 'confirm', ...AGE_PARTS] as const;
export type PathPart = 'camera' | 'wait' | 'confirm' | AgePart;

/** What was measured; `docs/measure.md` describes the file that holds it. */
export interface Measurement {
  /**
   * From where it was measured: from the drawing of the flash, or, where the flash was a recording, from the moment at
   * which the camera saw it.
   */
  readonly from: 'flash' | 'camera';
  readonly samples: number;
  /** Flashes that the camera saw and that got no label. */
  readonly missed: number;
  /** Flashes whose name was still on the screen from an earlier one; they are not measured. */
  readonly held: number;
  /** How many of the samples the device labelled; the server labelled the others. */
  readonly onDevice: number;
  /** To the label on the screen, ms. */
  readonly label: Quantiles;
  /** p50 and p95 of each part, ms. */
  readonly parts: Readonly<Partial<Record<PathPart, number>>>;
  readonly slowParts: Readonly<Partial<Record<PathPart, number>>>;
  /** Each sample, ms. */
  readonly each: readonly number[];
}

/** Of at least this share the time of the flash must be known. */
const MIN_KNOWN = 0.9;

/** @returns undefined without samples */
export function measurementOf(
  samples: readonly FlashSample[],
  { flashes, held }: { flashes: number; held: number },
): Measurement | undefined {
  const known = samples.filter(({ flashedAtMs }) => flashedAtMs !== undefined);
  const from = known.length >= MIN_KNOWN * samples.length ? 'flash' : 'camera';
  const used = from === 'flash' ? known : samples;
  const each = used.map((sample) => sample.drawnAtMs - startOf(sample, from));
  const label = quantilesOf(each);
  if (label === undefined) return undefined;
  const partsAt = (share: number): Measurement['parts'] =>
    Object.fromEntries(
      PATH_PARTS.filter((part) => part !== 'camera' || from === 'flash').map((part) => [
        part,
        quantile(
          used.map((sample) => partOf(sample, part)),
          share,
        ),
      ]),
    );
  // The last flash may still be on its way.
  const missed = Math.max(0, flashes - samples.length - held - 1);
  const onDevice = used.filter(({ backend }) => backend === 'device').length;
  return {
    from,
    samples: used.length,
    missed,
    held,
    onDevice,
    label,
    parts: partsAt(0.5),
    slowParts: partsAt(0.95),
    each,
  };
}

const startOf = (sample: FlashSample, from: Measurement['from']): number =>
  from === 'flash' ? (sample.flashedAtMs ?? sample.seenAtMs) : sample.seenAtMs;

function partOf(sample: FlashSample, part: PathPart): number {
  const { flashedAtMs, seenAtMs, firstCapturedAtMs, capturedAtMs, split } = sample;
  switch (part) {
    case 'camera':
      return seenAtMs - (flashedAtMs ?? seenAtMs);
    case 'wait':
      return firstCapturedAtMs - seenAtMs;
    case 'confirm':
      return capturedAtMs - firstCapturedAtMs;
    default:
      return split[part];
  }
}

function quantilesOf(values: readonly number[]): Quantiles | undefined {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(values, share));
  return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50, p95, p99 };
}
