import type { Readiness } from './localRecognizer.ts';
import type { PlaceReason, PlaceReport } from './place.ts';
import type { Place } from './recognizer.ts';

/** Where labels come from and why, in words. */
export interface PlaceWords {
  /** Where: one or two words. */
  readonly title: string;
  /** Why: a few words that stand behind the title. */
  readonly why: string;
  /** The same in a sentence or two, with all that is known. */
  readonly detail: string;
}

export const placeName = (place: Place): string => PLACES[place];
const PLACES = { server: 'Server', device: 'This device' } as const satisfies Record<Place, string>;

export function placeInWords({
  place,
  reason,
  device,
}: Pick<PlaceReport, 'place' | 'reason' | 'device'>): PlaceWords {
  return { title: placeName(place), ...(place === 'server' ? whyServer(reason, device) : whyDevice(reason)) };
}

type Why = Omit<PlaceWords, 'title'>;

function whyServer(reason: PlaceReason, device: Readiness | undefined): Why {
  switch (reason.kind) {
    case 'chosen':
      return { why: 'as you chose', detail: 'You chose the server. This device is not used.' };
    case 'healthy':
      return { why: 'answers well', detail: `The server answers in time.${noHelp(device)}` };
    case 'starting':
      return { why: 'asked first', detail: `The server is asked first.${noHelp(device)}` };
    case 'device-preparing':
      if (reason.why !== undefined) {
        return {
          why: 'device has no model yet',
          detail: `The server isn’t keeping up, and the model is not on this device yet. ${asSentence(reason.why)}`,
        };
      }
      return {
        why: 'device getting ready',
        detail: 'The server isn’t keeping up. This device takes over as soon as it is ready.',
      };
    case 'device-unusable':
      return {
        why: 'device can’t help',
        detail: `The server isn’t keeping up, and this device can’t take over: ${asSentence(reason.why)}`,
      };
    default:
      // The server isn't keeping up, and nothing is known of the device.
      return trouble(reason);
  }
}

/** While the server keeps up, that the device could not take over is of interest to who asks for it. */
function noHelp(device: Readiness | undefined): string {
  if (device?.kind === 'unusable') return ` This device can’t take over: ${asSentence(device.why)}`;
  if (device?.kind !== 'preparing' || device.why === undefined) return '';
  return ` This device can’t take over yet: the model is not on it. ${asSentence(device.why)}`;
}

function whyDevice(reason: PlaceReason): Why {
  switch (reason.kind) {
    case 'chosen':
      return { why: 'as you chose', detail: 'You chose this device. No picture leaves it.' };
    case 'healthy':
      return { why: 'server is back', detail: 'The server answers in time again.' };
    case 'starting':
      return {
        why: 'trying the server',
        detail: 'This device runs the model until the server has kept up for a while.',
      };
    case 'device-preparing':
      return reason.why === undefined
        ? { why: 'getting ready', detail: 'This device is getting ready.' }
        : {
            why: 'has no model yet',
            detail: `The model is not on this device yet. ${asSentence(reason.why)}`,
          };
    case 'device-unusable':
      return {
        why: 'can’t run the model',
        detail: `This device can’t run the model: ${asSentence(reason.why)}`,
      };
    default:
      return trouble(reason);
  }
}

type Trouble = Exclude<
  PlaceReason,
  { kind: 'chosen' | 'healthy' | 'starting' | 'device-preparing' | 'device-unusable' }
>;

function trouble(reason: Trouble): Why {
  switch (reason.kind) {
    case 'server-unreachable':
      return { why: 'server away', detail: 'The server cannot be reached.' };
    case 'server-lost':
      return { why: 'connection lost', detail: 'The connection to the server was lost.' };
    case 'server-busy':
      return { why: 'server full', detail: 'The server has no room for another camera.' };
    case 'server-refused':
      return { why: 'server refused', detail: `The server refused: ${asSentence(reason.message)}` };
    case 'silent':
      return {
        why: 'no answer in time',
        detail: `The server did not answer for ${timeInWords(reason.waitedMs)}.`,
      };
    case 'slow': {
      // True of an answer that has not come yet, too.
      const roundTrip = timeInWords(reason.roundTripMs);
      return {
        why: `round trip ${roundTrip}`,
        detail: `Some answers of the server take ${roundTrip} or longer; ${timeInWords(reason.budgetMs)} are allowed.`,
      };
    }
    default:
      return reason satisfies never;
  }
}

/** `840 ms`, `1.2 s` */
const timeInWords = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);

const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
