'use client';
import { TokenForm } from '../access/TokenForm.tsx';
import type { Lens } from '../lens/lens.ts';
import type { LensState, PicturePhase } from '../lens/lensState.ts';
import type { BackendMode } from '../recognizers/backend.ts';
import type { Backend, RecognizerState } from '../recognizers/recognizer.ts';
import { DeviceCheckLink } from '../ui/DeviceCheckLink.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { English } from '../ui/words/English.tsx';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import { allowPixelsHelp } from './allowPixelsHelp.ts';
import styles from './ConnectionStatus.module.css';
import { useSecondsUntil } from './useSecondsUntil.ts';

interface Message {
  icon: IconName;
  title: string;
  text: string;
  /** What the server or the browser says of it, in English, and what that comes to. */
  english?: { text: string; meaning: string | undefined };
  /** Said to the eye only: a screen reader would read every second of it. */
  when?: string;
  action?: string;
  /** A token can be given here; `wrong`: the one that was is not right. */
  token?: 'missing' | 'wrong';
  /** What the action does; tries again where it is left out. */
  onAction?: (lens: Lens) => void;
  /** Explains more than a line or two, and its action is the one thing to do: it stands below the words. */
  isWordy?: boolean;
  /** The page that checks this device finds out more. */
  hasCheck?: boolean;
  /** Short losses pass unseen: this one is shown only if it lasts. */
  isPatient?: boolean;
}

export interface ConnectionStatusProps {
  lens: Lens | undefined;
  state: LensState;
  /** Where the model runs, or would. */
  backend: Backend;
  /** Devices get the right to use the server by a QR code. */
  needsPairing: boolean;
}

/**
 * What a person has to know about where labels come from: while the server is away, full, or refuses this page; while
 * this device gets ready, or can't. The state of the server while the device runs the model is no error, and shown elsewhere.
 */
export function ConnectionStatus({ lens, state, backend, needsPairing }: ConnectionStatusProps) {
  const words = useWords();
  const { recognizer } = state;
  const retryAtMs = 'retryAtMs' in recognizer ? recognizer.retryAtMs : undefined;
  const seconds = useSecondsUntil(retryAtMs);
  const message = messageFor(
    words,
    state,
    backend,
    seconds,
    askForToken(words, lens?.token !== undefined, needsPairing, codeOf(recognizer)),
  );
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
              {message.text} {message.english && <English {...message.english} />}{' '}
              {message.when && <span aria-hidden="true">{message.when}</span>}
            </p>
            {message.hasCheck && <DeviceCheckLink />}
          </div>
          {message.token && (
            <TokenForm
              label={words.token.label}
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

const codeOf = (recognizer: RecognizerState) =>
  recognizer.kind === 'unauthorized' ? recognizer.code : undefined;

function askForToken(
  { token, lan }: Words,
  isGiven: boolean,
  needsPairing: boolean,
  code: string | undefined,
): Message {
  if (code === 'token_expired') {
    return { icon: 'lock', title: token.expiredTitle, text: token.expiredText, token: 'wrong' };
  }
  if (code === 'insufficient_scope') {
    return { icon: 'lock', title: token.scopeTitle, text: token.scopeText, token: 'wrong' };
  }
  if (needsPairing) return { icon: 'device', title: lan.neededTitle, text: lan.neededText, token: 'missing' };
  return isGiven
    ? { icon: 'lock', title: token.wrongTitle, text: token.wrongText, token: 'wrong' }
    : { icon: 'lock', title: token.neededTitle, text: token.neededText, token: 'missing' };
}

function messageFor(
  words: Words,
  { view, recognizer, pixels, backend: { mode } }: LensState,
  backend: Backend,
  seconds: number | undefined,
  asksForToken: Message,
): Message | undefined {
  if (view.kind === 'picture') return aboutPicture(words, view.phase, mode, asksForToken);
  if (view.kind !== 'live') return undefined;
  if (view.interrupted) {
    return {
      icon: 'off',
      title: words.camera.pausedTitle,
      text: words.camera.pausedText,
      // Safari reports a pause of a moment whenever a camera starts.
      isPatient: true,
    };
  }
  if (pixels === 'none') return aboutPixels(words, { text: words.pixels.files });
  switch (backend) {
    case 'server':
      return aboutServer(words, recognizer, seconds, asksForToken);
    case 'device':
      return aboutDevice(words, recognizer, asksForToken);
    default:
      return backend satisfies never;
  }
}

function aboutServer(
  { connection, common, errors }: Words,
  recognizer: RecognizerState,
  seconds: number | undefined,
  asksForToken: Message,
): Message | undefined {
  // While tries follow each other quickly, a countdown would only flicker.
  const when = seconds === undefined || seconds <= 1 ? connection.trying : connection.nextTry(seconds);
  switch (recognizer.kind) {
    case 'idle':
    case 'ready':
      return undefined;
    case 'connecting':
      return {
        icon: 'busy',
        title: connection.connectingTitle,
        text: connection.connectingText,
        isPatient: true,
      };
    case 'reconnecting':
      return recognizer.reached === 'lost'
        ? {
            icon: 'busy',
            title: connection.lostTitle,
            text: connection.lostText,
            when,
            action: common.tryNow,
            isPatient: true,
          }
        : {
            icon: 'busy',
            title: connection.unreachableTitle,
            hasCheck: true,
            text: connection.unreachableText,
            when,
            action: common.tryNow,
          };
    case 'busy':
      return {
        icon: 'busy',
        title: connection.busyTitle,
        text: connection.busyText,
        when,
        action: common.tryNow,
      };
    case 'unauthorized':
      return asksForToken;
    case 'failed':
      return {
        icon: 'shield',
        title: connection.refusedTitle,
        text: '',
        english: { text: recognizer.message, meaning: meaningOf(errors, recognizer.code) },
        action: common.tryAgain,
      };
    default:
      return recognizer satisfies never;
  }
}

function aboutDevice(
  { connection, common, errors }: Words,
  recognizer: RecognizerState,
  asksForToken: Message,
): Message | undefined {
  switch (recognizer.kind) {
    case 'connecting':
      return {
        icon: 'device',
        title: connection.deviceTitle,
        text: connection.deviceText,
        isPatient: true,
      };
    case 'failed':
      return {
        icon: 'shield',
        title: connection.deviceFailedTitle,
        text: '',
        english: { text: recognizer.message, meaning: meaningOf(errors, recognizer.code) },
        action: common.tryAgain,
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

const meaningOf = ({ meaning }: Words['errors'], code: string | undefined) =>
  code === undefined ? undefined : meaning(code);

/** @param whatElse what works without pixels: words, or what comes in English */
function aboutPixels(
  { common, pixels, allowPixels }: Words,
  whatElse: Pick<Message, 'text' | 'english'>,
): Message {
  const help = allowPixelsHelp(navigator);
  return {
    icon: 'shield',
    title: pixels.title,
    ...whatElse,
    text: [pixels.text, allowPixels[help.words], whatElse.text].join(common.sentenceSpace),
    isWordy: true,
    hasCheck: true,
    ...(help.action === 'ask'
      ? { action: pixels.ask, onAction: (lens) => lens.askForPixels() }
      : { action: pixels.checkAgain, onAction: (lens) => lens.checkPixels() }),
  };
}

function aboutPicture(
  words: Words,
  phase: PicturePhase,
  mode: BackendMode,
  asksForToken: Message,
): Message | undefined {
  const { analysing, common, connection, errors, pixels } = words;
  switch (phase.kind) {
    case 'looking':
      return { icon: 'busy', title: analysing.title, text: analysing[mode], isPatient: true };
    case 'done':
      if (phase.unread === 0) return undefined;
      return {
        icon: 'warning',
        title: connection.unreadTitle,
        text: connection.unreadText(phase.unread),
        action: common.tryAgain,
      };
    case 'failed':
      switch (phase.problem) {
        case 'unreachable':
          return {
            icon: 'busy',
            title: connection.unreachableTitle,
            hasCheck: true,
            text: connection.unreachableText,
            action: common.tryAgain,
          };
        case 'busy':
          return {
            icon: 'busy',
            title: connection.busyTitle,
            text: '',
            english: { text: phase.message, meaning: errors.meaning('server_busy') },
            action: common.tryAgain,
          };
        case 'unauthorized':
          return asksForToken;
        case 'unreadable':
          return aboutPixels(
            words,
            mode === 'device'
              ? { text: pixels.filesOnServer }
              : { text: '', english: { text: phase.message, meaning: undefined } },
          );
        case 'refused':
          return {
            icon: 'shield',
            title: connection.noLabelsTitle,
            text: '',
            english: { text: phase.message, meaning: undefined },
            action: common.tryAgain,
          };
        default:
          return phase.problem satisfies never;
      }
    default:
      return phase satisfies never;
  }
}
