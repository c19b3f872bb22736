'use client';
import { TokenForm } from '../access/TokenForm.tsx';
import type { Lens } from '../lens/lens.ts';
import type { LensState, PicturePhase } from '../lens/lensState.ts';
import type { PlaceMode } from '../recognizers/place.ts';
import type { Place, RecognizerState } from '../recognizers/recognizer.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { allowPixelsHelp } from './allowPixelsHelp.ts';
import styles from './ConnectionStatus.module.css';
import { useSecondsUntil } from './useSecondsUntil.ts';

interface Message {
  icon: IconName;
  title: string;
  text: string;
  /** Said to the eye only: a screen reader would read every second of it. */
  when?: string;
  action?: string;
  /** A token can be given here; `wrong`: the one that was is not right. */
  token?: 'missing' | 'wrong';
  /** What the action does; tries again where it is left out. */
  onAction?: (lens: Lens) => void;
  /** Explains more than a line or two, and its action is the one thing to do: it stands below the words. */
  isWordy?: boolean;
  /** Short losses pass unseen: this one is shown only if it lasts. */
  isPatient?: boolean;
}

export interface ConnectionStatusProps {
  lens: Lens | undefined;
  state: LensState;
  /** Where the model runs, or would. */
  place: Place;
}

/**
 * What a person has to know about where labels come from: while the server is away, full, or refuses this page; while
 * this device gets ready, or can't. How the server does while the device runs the model is no trouble, and told elsewhere.
 */
export function ConnectionStatus({ lens, state, place }: ConnectionStatusProps) {
  const { recognizer } = state;
  const retryAtMs = 'retryAtMs' in recognizer ? recognizer.retryAtMs : undefined;
  const seconds = useSecondsUntil(retryAtMs);
  const message = messageFor(state, place, seconds, lens?.token === undefined ? NEEDS_TOKEN : WRONG_TOKEN);
  return (
    <div role="status">
      {message && (
        <div
          className={styles.card}
          data-patient={message.isPatient || undefined}
          data-token={message.token}
          data-wordy={message.isWordy || undefined}
        >
          <Icon name={message.icon} />
          <div>
            <b>{message.title}</b>
            <p>
              {message.text} {message.when && <span aria-hidden="true">{message.when}</span>}
            </p>
          </div>
          {message.token && (
            <TokenForm
              label="Token"
              isWrong={message.token === 'wrong'}
              onToken={(token) => lens?.giveToken(token)}
            />
          )}
          {message.action && (
            <button
              type="button"
              onClick={() => {
                if (lens) (message.onAction ?? tryAgain)(lens);
              }}
            >
              {message.action}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

const tryAgain = (lens: Lens) => lens.retry();

const NEEDS_TOKEN: Message = {
  icon: 'lock',
  title: 'This server asks for a token',
  text: 'Type or paste it here, or open the link that you were given; it ends in #token=…',
  token: 'missing',
};
const WRONG_TOKEN: Message = {
  icon: 'lock',
  title: 'The server does not know this token',
  text: 'Check it, or ask who runs the server for the link that carries it.',
  token: 'wrong',
};

function messageFor(
  { view, recognizer, pixels, place: { mode } }: LensState,
  place: Place,
  seconds: number | undefined,
  asksForToken: Message,
): Message | undefined {
  if (view.kind === 'picture') return aboutPicture(view.phase, mode, asksForToken);
  if (view.kind !== 'live') return undefined;
  if (view.interrupted) {
    return {
      icon: 'off',
      title: 'The camera is paused',
      text: 'Another app or a call has it. It comes back automatically.',
      // Safari reports a pause of a moment whenever a camera starts.
      isPatient: true,
    };
  }
  if (pixels === 'none') return aboutPixels('Picture files work without it.');
  switch (place) {
    case 'server':
      return aboutServer(recognizer, seconds, asksForToken);
    case 'device':
      return aboutDevice(recognizer, asksForToken);
    default:
      return place satisfies never;
  }
}

function aboutServer(
  recognizer: RecognizerState,
  seconds: number | undefined,
  asksForToken: Message,
): Message | undefined {
  // While tries follow each other quickly, a countdown would only flicker.
  const when = seconds === undefined || seconds <= 1 ? 'Trying again …' : `Next try in ${seconds} s.`;
  switch (recognizer.kind) {
    case 'idle':
    case 'ready':
      return undefined;
    case 'connecting':
      return {
        icon: 'busy',
        title: 'Connecting',
        text: 'Labels appear as soon as the server answers.',
        isPatient: true,
      };
    case 'reconnecting':
      return recognizer.reached === 'lost'
        ? {
            icon: 'busy',
            title: 'Connection lost',
            text: 'Labels come back automatically.',
            when,
            action: 'Try now',
            isPatient: true,
          }
        : {
            icon: 'busy',
            title: 'The server cannot be reached',
            text: 'Check that it runs and that you are online.',
            when,
            action: 'Try now',
          };
    case 'busy':
      return {
        icon: 'busy',
        title: 'The server is busy',
        text: 'It has no room for another camera right now.',
        when,
        action: 'Try now',
      };
    case 'unauthorized':
      return asksForToken;
    case 'failed':
      return {
        icon: 'shield',
        title: 'The server refused the connection',
        text: recognizer.message,
        action: 'Try again',
      };
    default:
      return recognizer satisfies never;
  }
}

function aboutDevice(recognizer: RecognizerState, asksForToken: Message): Message | undefined {
  switch (recognizer.kind) {
    case 'connecting':
      return {
        icon: 'device',
        title: 'Getting this device ready',
        text: 'Labels appear as soon as the model runs here.',
        isPatient: true,
      };
    case 'failed':
      return {
        icon: 'shield',
        title: 'This device can’t run the model',
        text: recognizer.message,
        action: 'Try again',
      };
    // The model comes from the server.
    case 'unauthorized':
      return asksForToken;
    case 'idle':
    case 'ready':
    // The device has no connection to lose: these are of the server, which is not used.
    case 'reconnecting':
    case 'busy':
      return undefined;
    default:
      return recognizer satisfies never;
  }
}

function aboutPixels(whatElse: string): Message {
  const { text, action } = allowPixelsHelp(navigator);
  return {
    icon: 'shield',
    title: 'Your browser hides the picture',
    text: `Its privacy protection gives this page noise instead of pixels, so there is nothing to label. ${text} ${whatElse}`,
    isWordy: true,
    ...(action === 'ask'
      ? { action: 'Ask for permission', onAction: (lens) => lens.askForPixels() }
      : { action: 'Check again', onAction: (lens) => lens.checkPixels() }),
  };
}

const WHO_READS = {
  auto: 'The picture is being analysed.',
  server: 'The server analyses the picture.',
  device: 'This device analyses the picture.',
} as const satisfies Record<PlaceMode, string>;

function aboutPicture(phase: PicturePhase, mode: PlaceMode, asksForToken: Message): Message | undefined {
  switch (phase.kind) {
    case 'looking':
      return { icon: 'busy', title: 'Analysing …', text: WHO_READS[mode], isPatient: true };
    case 'done':
      return undefined;
    case 'failed':
      switch (phase.problem) {
        case 'unreachable':
          return {
            icon: 'busy',
            title: 'The server cannot be reached',
            text: 'Check that it runs and that you are online.',
            action: 'Try again',
          };
        case 'busy':
          return { icon: 'busy', title: 'The server is busy', text: phase.message, action: 'Try again' };
        case 'unauthorized':
          return asksForToken;
        case 'unreadable':
          return aboutPixels(
            mode === 'device' ? 'On the server, picture files work without it.' : phase.message,
          );
        case 'refused':
          return {
            icon: 'shield',
            title: 'The picture got no labels',
            text: phase.message,
            action: 'Try again',
          };
        default:
          return phase.problem satisfies never;
      }
    default:
      return phase satisfies never;
  }
}
