import type { Label, ModelInfo } from '../../protocol/messages.ts';
import type { WireSentence } from '../../protocol/sentence.ts';
import { modelBehind } from '../../protocol/things.ts';
import type { CameraChoice } from '../capture/cameras.ts';
import { type CameraControls, NO_CONTROLS } from '../capture/controls/cameraControls.ts';
import type { LiveKind } from '../capture/liveSource.ts';
import type { BackendReport } from '../recognizers/backend.ts';
import type { Backend, RecognizerState } from '../recognizers/recognizer.ts';
import type { Words } from '../ui/words/en.ts';
import type { CodesMode } from './modes.ts';
import type { PixelAccess } from './pixelCheck.ts';
import type { PredictProblem } from './predictPicture.ts';
import type { TextLine } from './shownText.ts';

/** What the view shows, or why it cannot. One of these at a time. */
export type View =
  | { readonly kind: 'welcome' }
  | { readonly kind: 'asking'; readonly source: LiveKind }
  | { readonly kind: 'denied'; readonly bySystem: boolean }
  | {
      readonly kind: 'no-camera';
      /** None is there, the one in use went away, or the browser gives pages none (those inside some apps). */
      readonly reason: 'none' | 'unplugged' | 'withheld';
    }
  | { readonly kind: 'camera-busy' }
  | { readonly kind: 'insecure' }
  | { readonly kind: 'unsupported'; readonly missing: readonly string[] }
  | {
      readonly kind: 'live';
      readonly source: LiveKind;
      readonly mirrored: boolean;
      /** The element stands still: a video that a person paused. */
      readonly paused: boolean;
      /** The system has taken the camera for the moment. */
      readonly interrupted: boolean;
    }
  | { readonly kind: 'stopped'; readonly source: LiveKind }
  | {
      readonly kind: 'picture';
      readonly phase: PicturePhase;
      /** The live source that it is a moment of, which waits behind it; undefined: a picture that a person opened. */
      readonly frozen: LiveKind | undefined;
    };

export type PicturePhase =
  | { readonly kind: 'looking' }
  /**
   * `count` labels are shown at the present confidence, of `total` that were found at any; there was no time to read `unread`
   * lines of text.
   */
  | { readonly kind: 'done'; readonly count: number; readonly total: number; readonly unread: number }
  | {
      readonly kind: 'failed';
      readonly problem: PredictProblem;
      readonly message: string;
    };

/** What a text or a code says. */
export type OpenedContent = Pick<Label, 'format' | 'bytes'> & { readonly text: string };

/** What a person locked on to. */
export interface LockedThing {
  /** As it was seen when its name last changed; its box and score are older than what is drawn. */
  readonly label: Label;
  readonly isInSight: boolean;
}

/** A word about something that did not work and changed nothing else, in the language in which it is shown. */
export type Notice = (words: Words) => {
  readonly title: string;
  readonly text: string;
  /** What the server or the browser says of it, in English, and what that comes to. */
  readonly english?: {
    readonly text: string;
    readonly sentence?: WireSentence | undefined;
    readonly meaning?: string | undefined;
  };
};

export interface LensState {
  readonly view: View;
  readonly recognizer: RecognizerState;
  /** Which backend labels frames, and why. */
  readonly backend: BackendReport;
  /** The model last heard of; stays while the connection is away. */
  readonly model: ModelInfo | undefined;
  /** Id of the model that a person chose; undefined: the server's choice. */
  readonly modelId: string | undefined;
  /** Ids of the secondary models that a person turned on. */
  readonly secondary: readonly string[];
  readonly codes: CodesMode;
  /** What a person chose; undefined: the model's default. */
  readonly minScore: number | undefined;
  readonly cameras: readonly CameraChoice[];
  readonly cameraId: string | undefined;
  /** What the camera that is shown lets a person set. */
  readonly controls: CameraControls;
  /** Whether the phone ticks when something is locked; undefined where it cannot. */
  readonly vibrates: boolean | undefined;
  readonly notice: Notice | undefined;
  readonly locked: LockedThing | undefined;
  /** By how much a moving picture is magnified, to one decimal; 1: all of it is shown. */
  readonly magnified: number;
  /** What was read, and is opened: it stays open when it is out of sight. */
  readonly opened: OpenedContent | undefined;
  /** The codes that are in sight, or on the picture. */
  readonly foundCodes: readonly Label[];
  /** The lines of text that are shown, in reading order. */
  readonly textLines: readonly TextLine[];
  /** Whether this browser gives the page true pixels. */
  readonly pixels: PixelAccess;
}

export const INITIAL_STATE: LensState = {
  view: { kind: 'welcome' },
  recognizer: { kind: 'idle' },
  backend: { mode: 'auto', backend: 'server', reason: { kind: 'starting' }, sinceMs: 0, switches: 0 },
  model: undefined,
  modelId: undefined,
  secondary: [],
  codes: 'on',
  minScore: undefined,
  cameras: [],
  cameraId: undefined,
  controls: NO_CONTROLS,
  vibrates: undefined,
  notice: undefined,
  locked: undefined,
  magnified: 1,
  opened: undefined,
  foundCodes: [],
  textLines: [],
  pixels: 'unknown',
};

export type LensEvent =
  | { readonly type: 'view'; readonly view: View }
  | {
      readonly type: 'live';
      readonly source: LiveKind;
      readonly mirrored: boolean;
      readonly cameraId: string | undefined;
    }
  | { readonly type: 'mirrored'; readonly mirrored: boolean }
  | { readonly type: 'paused'; readonly paused: boolean }
  | { readonly type: 'interrupted'; readonly interrupted: boolean }
  | { readonly type: 'picture'; readonly phase: PicturePhase }
  | { readonly type: 'recognizer'; readonly state: RecognizerState }
  | { readonly type: 'backend'; readonly report: BackendReport }
  | { readonly type: 'model'; readonly model: ModelInfo }
  | {
      readonly type: 'chosen';
      readonly modelId: string | undefined;
      readonly secondary: readonly string[];
      readonly minScore: number | undefined;
    }
  | { readonly type: 'codes'; readonly codes: CodesMode }
  | { readonly type: 'minScore'; readonly minScore: number }
  | { readonly type: 'cameras'; readonly cameras: readonly CameraChoice[] }
  | { readonly type: 'controls'; readonly controls: CameraControls }
  | { readonly type: 'vibrates'; readonly vibrates: boolean | undefined }
  | { readonly type: 'notice'; readonly notice: Notice | undefined }
  | { readonly type: 'opened'; readonly opened: OpenedContent | undefined }
  | { readonly type: 'magnified'; readonly scale: number }
  | { readonly type: 'locked'; readonly locked: LockedThing | undefined }
  | { readonly type: 'foundCodes'; readonly codes: readonly Label[] }
  | { readonly type: 'textLines'; readonly lines: readonly TextLine[] }
  | { readonly type: 'pixels'; readonly pixels: PixelAccess };

export function lensReducer(state: LensState, event: LensEvent): LensState {
  const { view } = state;
  switch (event.type) {
    case 'view':
      return { ...state, view: event.view };
    case 'live':
      return {
        ...state,
        view: {
          kind: 'live',
          source: event.source,
          mirrored: event.mirrored,
          paused: false,
          interrupted: false,
        },
        cameraId: event.cameraId ?? state.cameraId,
        notice: undefined,
      };
    case 'mirrored':
      return view.kind === 'live' ? { ...state, view: { ...view, mirrored: event.mirrored } } : state;
    case 'paused':
      return view.kind === 'live' ? { ...state, view: { ...view, paused: event.paused } } : state;
    case 'interrupted':
      return view.kind === 'live' ? { ...state, view: { ...view, interrupted: event.interrupted } } : state;
    case 'picture':
      // An answer that comes after the person went elsewhere must not bring the picture back.
      return view.kind === 'picture' ? { ...state, view: { ...view, phase: event.phase } } : state;
    case 'recognizer':
      return {
        ...state,
        recognizer: event.state,
        model: event.state.kind === 'ready' ? event.state.model : state.model,
      };
    case 'backend':
      return { ...state, backend: event.report };
    case 'model':
      return { ...state, model: event.model };
    case 'chosen':
      return { ...state, modelId: event.modelId, secondary: event.secondary, minScore: event.minScore };
    case 'codes':
      return { ...state, codes: event.codes };
    case 'minScore':
      return { ...state, minScore: event.minScore };
    case 'cameras':
      return { ...state, cameras: event.cameras };
    case 'controls':
      return { ...state, controls: event.controls };
    case 'vibrates':
      return { ...state, vibrates: event.vibrates };
    case 'notice':
      return { ...state, notice: event.notice };
    case 'opened':
      return { ...state, opened: event.opened };
    case 'magnified':
      return event.scale === state.magnified ? state : { ...state, magnified: event.scale };
    case 'locked':
      return { ...state, locked: event.locked };
    case 'foundCodes':
      return { ...state, foundCodes: event.codes };
    case 'textLines':
      return { ...state, textLines: event.lines };
    case 'pixels':
      return { ...state, pixels: event.pixels };
    default:
      return event satisfies never;
  }
}

/** The range of the confidence control and its value, each 0..1. */
export function confidence(state: Pick<LensState, 'model' | 'minScore'>): {
  floor: number;
  ceiling: number;
  value: number;
} {
  // Until a model is known, a range that suits most detectors.
  const { floor, default: initial } = state.model?.minScore ?? { floor: 0.2, default: 0.5 };
  const ceiling = 0.95;
  return { floor, ceiling, value: Math.min(ceiling, Math.max(floor, state.minScore ?? initial)) };
}

/**
 * The models that give the labels on the screen, and where they run; undefined while nothing is analysed: nothing is
 * shown, no server answers and no device is ready.
 */
export function inUse({
  view,
  recognizer,
  backend: { backend, reason },
  model,
  secondary,
}: Pick<LensState, 'view' | 'recognizer' | 'backend' | 'model' | 'secondary'>):
  | { readonly backend: Backend; readonly models: readonly string[] }
  | undefined {
  if (view.kind !== 'live' && !(view.kind === 'picture' && view.phase.kind === 'done')) return undefined;
  if (recognizer.kind !== 'ready' && view.kind === 'live') return undefined;
  if (model === undefined) return undefined;
  const isDeviceReady = reason.kind !== 'device-preparing' && reason.kind !== 'device-unusable';
  if (backend === 'device' && !isDeviceReady) return undefined;
  const models = view.kind === 'live' ? [model.id, ...secondary] : [model.id];
  return { backend, models: models.map(modelBehind) };
}

/** The recognizer's state in the words of the page's `data-connection`. */
export function connectionName(
  state: RecognizerState,
): 'idle' | 'connecting' | 'open' | 'reconnecting' | 'busy' | 'unauthorized' | 'failed' {
  return state.kind === 'ready' ? 'open' : state.kind;
}

/** The kind of source for the page's `data-source`. */
export function sourceName(view: View): LiveKind | 'picture' | 'none' {
  switch (view.kind) {
    case 'asking':
    case 'live':
    case 'stopped':
      return view.source;
    case 'picture':
      return 'picture';
    case 'denied':
    case 'no-camera':
    case 'camera-busy':
    case 'insecure':
    case 'unsupported':
    case 'welcome':
      return 'none';
    default:
      return view satisfies never;
  }
}
