import type { Words } from '../ui/words/en.ts';
import type { BackendReason, BackendReport } from './backend.ts';
import type { Readiness } from './readiness.ts';

/** Where labels come from and why, in words. */
export interface ReasonText {
  /** Where: one or two words. */
  readonly title: string;
  /** Why: a few words that stand after the title. */
  readonly why: string;
  /** The same in a sentence or two, with all that is known. */
  readonly detail: string;
  /** What the server, the browser or a library says of it, in English. */
  readonly english?: string | undefined;
}

export function reasonText(
  words: Words,
  { backend, reason, device }: Pick<BackendReport, 'backend' | 'reason' | 'device'>,
): ReasonText {
  const why = backend === 'server' ? whyServer(words, reason, device) : whyDevice(words, reason);
  return { title: words.backendNames[backend], ...why };
}

type Why = Omit<ReasonText, 'title'>;

function whyServer(words: Words, reason: BackendReason, device: Readiness | undefined): Why {
  const { chosen, healthy, starting, deviceWaits, devicePrepares, deviceCannot } = words.whyServer;
  switch (reason.kind) {
    case 'chosen':
      return chosen;
    case 'healthy':
      return { ...healthy, ...withNoHelp(words, healthy.detail, device) };
    case 'starting':
      return { ...starting, ...withNoHelp(words, starting.detail, device) };
    case 'device-preparing':
      return reason.why === undefined
        ? devicePrepares
        : { ...deviceWaits, detail: joined(words, deviceWaits.detail, unmetText(words, reason.why)) };
    case 'device-unusable':
      return { ...deviceCannot, english: asSentence(reason.why) };
    default:
      // The server isn't keeping up, and nothing is known of the device.
      return problemText(words, reason);
  }
}

/** While the server keeps up, that the device could not take over is of interest to whoever asks for it. */
function withNoHelp(
  words: Words,
  detail: string,
  device: Readiness | undefined,
): Pick<Why, 'detail' | 'english'> {
  const { noHelp, noHelpYet } = words.whyServer;
  if (device?.kind === 'unusable') {
    return { detail: joined(words, detail, noHelp), english: asSentence(device.why) };
  }
  if (device?.kind !== 'preparing' || device.why === undefined) return { detail };
  return { detail: joined(words, detail, noHelpYet, unmetText(words, device.why)) };
}

function whyDevice(words: Words, reason: BackendReason): Why {
  const { chosen, healthy, starting, prepares, waits, cannot } = words.whyDevice;
  switch (reason.kind) {
    case 'chosen':
      return chosen;
    case 'healthy':
      return healthy;
    case 'starting':
      return starting;
    case 'device-preparing':
      return reason.why === undefined
        ? prepares
        : { ...waits, detail: joined(words, waits.detail, unmetText(words, reason.why)) };
    case 'device-unusable':
      return { ...cannot, english: asSentence(reason.why) };
    default:
      return problemText(words, reason);
  }
}

type ServerProblem = Exclude<
  BackendReason,
  { kind: 'chosen' | 'healthy' | 'starting' | 'device-preparing' | 'device-unusable' }
>;

function problemText({ serverProblem }: Words, reason: ServerProblem): Why {
  switch (reason.kind) {
    case 'server-unreachable':
      return serverProblem.unreachable;
    case 'server-lost':
      return serverProblem.lost;
    case 'server-busy':
      return serverProblem.busy;
    case 'server-refused':
      return { ...serverProblem.refused, english: asSentence(reason.message) };
    case 'silent':
      return { why: serverProblem.silent.why, detail: serverProblem.silent.detail(reason.waitedMs) };
    case 'slow':
      // True of an answer that has not come yet, too.
      return {
        why: serverProblem.slow.why(reason.roundTripMs),
        detail: serverProblem.slow.detail(reason.roundTripMs, reason.budgetMs),
      };
    default:
      return reason satisfies never;
  }
}

/** Why a download waits: a condition by its name (`UnmetCondition`). */
export const unmetText = ({ unmet }: Words, why: string): string =>
  Object.hasOwn(unmet, why) ? unmet[why as keyof typeof unmet] : why;

/** Sentences after each other, with what the language puts between them. */
const joined = ({ common }: Words, ...sentences: string[]) => sentences.join(common.sentenceSpace);

const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
