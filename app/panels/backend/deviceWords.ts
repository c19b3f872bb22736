import type { Agreement, Certificate, DevicePhase } from '../../device/deviceState.ts';
import { bytesInWords, inNumber } from '../../ui/values.ts';

/** How much of a download is here, 0..1; undefined where nothing is downloaded. */
export function shareHere(phase: DevicePhase): number | undefined {
  if (phase.kind !== 'downloading') return undefined;
  return phase.totalBytes > 0 ? Math.min(1, phase.receivedBytes / phase.totalBytes) : 0;
}

/** How much of a download is here: `40 %`; undefined where nothing is downloaded. */
export function percentHere(phase: DevicePhase): string | undefined {
  const share = shareHere(phase);
  return share === undefined ? undefined : `${Math.floor(share * 100)} %`;
}

/** Two or three words for what has become of a model here. */
export function phaseName(phase: DevicePhase): string {
  switch (phase.kind) {
    case 'absent':
      return 'Not downloaded';
    case 'waiting':
      return 'Waiting';
    case 'downloading':
      return `Downloading ${percentHere(phase)}`;
    case 'stored':
      return 'Stored on this device';
    case 'starting':
      return 'Starting';
    case 'ready':
      return 'Ready';
    case 'unproven':
      return 'Not used';
    case 'failed':
      return 'Failed';
    default:
      return phase satisfies never;
  }
}

/** What is going on, or went wrong, in a sentence; undefined where `phaseName` says it all. */
export function phaseInWords(phase: DevicePhase): string | undefined {
  switch (phase.kind) {
    case 'downloading':
      return `${bytesInWords(phase.receivedBytes)} of ${bytesInWords(phase.totalBytes)}`;
    case 'starting':
      return 'It is loaded and its answers are checked.';
    case 'waiting':
    case 'unproven':
    case 'failed':
      return phase.why;
    case 'absent':
    case 'stored':
    case 'ready':
      return undefined;
    default:
      return phase satisfies never;
  }
}

/** `4 of 4 pictures, largest difference 0.0002` */
export function agreementInWords({ goldens, sameTop, largestDifference }: Agreement): string {
  const same = `${sameTop} of ${inNumber(goldens, 'picture')}`;
  // Answers that cannot be compared at all differ beyond all measure.
  return Number.isFinite(largestDifference)
    ? `${same}, largest difference ${asDecimal(largestDifference)}`
    : same;
}

/** `0.0004`, to be held against a limit at a glance. */
function asDecimal(value: number): string {
  // Smaller ones would be written with an exponent.
  return String(value === 0 ? 0 : Math.max(1e-6, Number(value.toPrecision(2))));
}

/** The certificate in a sentence: whether the answers are the same, by the worse of both comparisons. */
export function certificateInWords({ holds, withRecord, withServer }: Certificate): string {
  const { goldens } = withRecord;
  if (goldens === 0) return 'No reference images to check against';
  const pictures = inNumber(goldens, 'picture');
  if (holds) {
    const whose = withServer === undefined ? 'as were recorded' : 'as on the server';
    return `Same answers on this device ${whose}, in ${pictures}`;
  }
  const same = Math.min(withRecord.sameTop, withServer?.sameTop ?? goldens);
  return same < goldens
    ? `Other answers on this device in ${goldens - same} of ${pictures}`
    : 'Other scores on this device than are allowed';
}
