import type { DevicePhase } from '../../device/library/deviceState.ts';
import { ROLLED_BACK } from '../../device/library/storedModel.ts';
import type { Agreement, Certificate } from '../../device/runtime/certificate.ts';
import { type RaceTime, RUNTIME_NAMES } from '../../device/runtime/deviceSession.ts';
import { unmetText } from '../../recognizers/reasonText.ts';
import type { Words } from '../../ui/words/en.ts';

/** How much of a download is here, 0..1; undefined where nothing is downloaded. */
export function shareHere(phase: DevicePhase): number | undefined {
  if (phase.kind !== 'downloading') return undefined;
  return phase.totalBytes > 0 ? Math.min(1, phase.receivedBytes / phase.totalBytes) : 0;
}

/** How much of a download is here: `40%`; undefined where nothing is downloaded. */
export function percentHere({ deviceModels }: Words, phase: DevicePhase): string | undefined {
  const share = shareHere(phase);
  return share === undefined ? undefined : deviceModels.share(share);
}

/** Two or three words for what has become of a model here. */
export function phaseName({ deviceModels, phases }: Words, phase: DevicePhase): string {
  return phase.kind === 'downloading' ? deviceModels.downloading(shareHere(phase) ?? 0) : phases[phase.kind];
}

/** What is going on, or went wrong; `english`: as the server, the browser or a library says it. */
export interface PhaseText {
  readonly text?: string | undefined;
  readonly english?: { readonly text: string; readonly meaning: string | undefined };
}

/** Undefined where `phaseName` says it all. */
export function phaseText(words: Words, phase: DevicePhase): PhaseText | undefined {
  const { deviceModels, errors } = words;
  switch (phase.kind) {
    case 'downloading':
      return { text: deviceModels.received(phase.receivedBytes, phase.totalBytes) };
    case 'starting':
      return { text: deviceModels.starting };
    case 'waiting':
      return { text: unmetText(words, phase.why) };
    case 'unproven':
      return phase.why === ROLLED_BACK.why
        ? { text: deviceModels.rolledBack }
        : { english: { text: phase.why, meaning: deviceModels.unproven } };
    case 'failed':
      return { english: { text: phase.why, meaning: errors.meaning(phase.code) } };
    case 'absent':
    case 'stored':
    case 'ready':
      return undefined;
    default:
      return phase satisfies never;
  }
}

/** `4 of 4 pictures, largest difference 0.0002` */
export function agreementHere(
  { certificate }: Words,
  { goldens, sameTop, largestDifference }: Agreement,
): string {
  // Answers that cannot be compared at all differ beyond all measure.
  return Number.isFinite(largestDifference)
    ? certificate.agreementWithin(sameTop, goldens, asDecimal(largestDifference))
    : certificate.agreement(sameTop, goldens);
}

/** `0.0004`, to be compared with a limit at a glance. */
function asDecimal(value: number): string {
  // Smaller ones would be written with an exponent.
  return String(value === 0 ? 0 : Math.max(1e-6, Number(value.toPrecision(2))));
}

/** The certificate in a sentence: whether the answers are the same, by the worse of both comparisons. */
export function certificateText(
  { certificate }: Words,
  { passes, pending, withRecord, withServer }: Certificate,
): string {
  const { goldens } = withRecord;
  if (goldens === 0) return certificate.noReference;
  if (passes && pending > 0) return certificate.checking(goldens, goldens + pending);
  if (passes) {
    return withServer === undefined ? certificate.sameAsRecorded(goldens) : certificate.sameAsServer(goldens);
  }
  const same = Math.min(withRecord.sameTop, withServer?.sameTop ?? goldens);
  return same < goldens ? certificate.otherAnswers(goldens - same, goldens) : certificate.otherScores;
}

/** `LiteRT.js, 2 threads: 25 ms; onnxruntime-web, 2 threads: 42 ms`; the fastest first. */
export function raceText({ certificate, comparison }: Words, race: readonly RaceTime[]): string {
  return [...race]
    .sort((a, b) => a.medianMs - b.medianMs)
    .map(({ provider, threads, medianMs }) =>
      certificate.raceTime(comparison.threads(RUNTIME_NAMES[provider], threads), medianMs),
    )
    .join(certificate.raceSeparator);
}
