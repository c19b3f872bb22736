import { CodedError, ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import {
  MAX_RELAYED_BYTES,
  parseRelayClientMessage,
  parseRelayedPicture,
  type RelayClientMessage,
  type RelayClientMessageOf,
  type RelayServerMessage,
  stampRelayedPicture,
} from '../../protocol/relay.ts';
import type { Access } from '../access/adminRight.ts';
import type { Limits } from '../config/config.ts';
import { decodeCost } from '../inference/decodeCost/decodeCost.ts';
import { MAX_FRAME_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { UsageLimits } from '../limits/usageLimits.ts';
import { leaveInTime } from '../session/leaveInTime.ts';
import { receiveMessages } from '../session/receiveMessages.ts';
import type { Session } from '../session/session.ts';
import { createSmallMessageLimit } from '../session/smallMessageLimit.ts';
import type { PeerSocket } from '../session/sockets.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CameraPeer, RelayHub, ScreenPeer } from './relayHub.ts';

export interface RelayContext {
  hub: RelayHub;
  limits: Limits;
  access: Pick<Access, 'callerWith'>;
  usage: UsageLimits;
  metrics: Pick<Metrics, 'relayed'>;
  log: Log;
  /** A monotonic clock. */
  nowMs: () => number;
}

type State =
  | { kind: 'greeting' }
  /** Greeted; who that is is being found out. */
  | { kind: 'checking' }
  | { kind: 'camera'; camera: ReturnType<RelayHub['share']>; peer: CameraPeer }
  | { kind: 'screen'; peer: ScreenPeer }
  | { kind: 'closed' };

const MAX_TEXT_BYTES = 16 << 10;
/** A screen of 16 cameras asks again for each of their pictures, several in one message. */
const MAX_SCREEN_TEXT_PER_SECOND = 300;
/** A screen that has not read more than this gets no picture, bytes. One more may then be on its way. */
const MAX_UNREAD_BYTES = 256 << 10;
/** Messages without pictures that a screen leaves unread, in addition to that, until it is ended. */
const MAX_UNREAD_TEXT_BYTES = 256 << 10;

/** One client of the relay, a camera or a screen, from the opened socket to its end. Rules: protocol/SPEC.md, "The relay". */
export function createRelaySession(
  id: string,
  socket: PeerSocket,
  context: RelayContext,
  onTooCostly: () => void,
): Session {
  const { hub, limits, access, usage, metrics, log, nowMs } = context;
  let state: State = { kind: 'greeting' };
  let isLeaving = false;
  let smallMessages = createSmallMessageLimit(limits.maxTextPerSecond, nowMs);
  const helloTimer = setTimeout(() => {
    fail(new CodedError('hello_timeout', `No share or watch within ${limits.helloTimeoutMs} ms.`));
  }, limits.helloTimeoutMs);
  let leaveTokenLimit = () => {};
  let lifeTimer: NodeJS.Timeout | undefined;

  function send(message: RelayServerMessage): void {
    if (state.kind === 'closed') return;
    socket.send(JSON.stringify(message));
    endIfUnread();
  }

  function endIfUnread(): void {
    if (socket.unreadBytes > MAX_UNREAD_BYTES + MAX_RELAYED_BYTES + MAX_UNREAD_TEXT_BYTES) end('slow_reader');
  }

  function fail(error: CodedError): void {
    send({ type: 'error', code: error.code, message: error.message, fatal: true });
    end(error.code);
  }

  function end(code: ErrorCode): void {
    if (state.kind === 'closed') return;
    log.info({ session: id, code }, 'session closed by the server');
    onClose();
    socket.close(ERRORS[code].close, code);
  }

  function onClose(): void {
    const before = state;
    state = { kind: 'closed' };
    clearTimeout(helloTimer);
    clearTimeout(lifeTimer);
    leaveTokenLimit();
    if (before.kind === 'camera') hub.lost(before.camera, before.peer);
    if (before.kind === 'screen') hub.unwatch(before.peer);
  }

  function goAway(reason: string, reconnectAfterMs: number): void {
    if (isLeaving) return;
    isLeaving = true;
    send({ type: 'goaway', reason, reconnectAfterMs });
  }

  /** Goes on when it is known who that is. */
  function greet(message: RelayClientMessageOf<'share'> | RelayClientMessageOf<'watch'>): void {
    clearTimeout(helloTimer);
    state = { kind: 'checking' };
    void access
      .callerWith(message.token, socket.isHere)
      .then((caller) => {
        if (state.kind !== 'checking') return;
        const action = message.type === 'share' ? 'view' : 'watch';
        if (!caller.may(action)) throw caller.refusal(action);
        leaveTokenLimit = usage.openSession({ address: socket.address, subject: caller.subject });
        lifeTimer = leaveInTime(caller.expiresInMs(), limits.maxSessionMs, (reason, code) => {
          goAway(reason, Math.round(Math.random() * limits.goAwaySpreadMs));
          end(code);
        });
        if (message.type === 'share') share(message);
        else watch();
      })
      .catch(onError);
  }

  function share(message: RelayClientMessageOf<'share'>): void {
    const peer: CameraPeer = { send, replaced: () => end('conflict') };
    const camera = hub.share(peer, message, socket.address);
    state = { kind: 'camera', camera, peer };
    send({
      type: 'sharing',
      camera: camera.camera,
      ...(camera.name !== undefined && { name: camera.name }),
      key: camera.key,
      screens: hub.screens,
      maxPictureBytes: Math.min(MAX_RELAYED_BYTES, limits.maxFrameBytes),
      maxAgeMs: limits.maxAgeMs,
    });
    hub.shared(camera);
    log.info({ session: id, camera: camera.camera }, 'a camera is shown');
  }

  function watch(): void {
    const peer: ScreenPeer = {
      send,
      sendPicture(picture, onSent) {
        metrics.relayed(picture.byteLength);
        socket.sendBytes(picture, onSent);
      },
      get isFree() {
        return socket.unreadBytes <= MAX_UNREAD_BYTES;
      },
    };
    const cameras = hub.watch(peer, socket.address);
    state = { kind: 'screen', peer };
    smallMessages = createSmallMessageLimit(MAX_SCREEN_TEXT_PER_SECOND, nowMs);
    send({ type: 'watching', cameras: [...cameras], maxAgeMs: limits.maxAgeMs });
    log.info({ session: id }, 'a screen is open');
  }

  function onText(message: RelayClientMessage): void {
    if (message.type === 'time') {
      send({ type: 'time', sentAtMs: message.sentAtMs, serverAtMs: epochMs() });
      return;
    }
    if (message.type === 'share' || message.type === 'watch') {
      if (state.kind !== 'greeting') throw new CodedError('malformed_message', `A second ${message.type}.`);
      greet(message);
      return;
    }
    if (state.kind === 'greeting' || state.kind === 'checking')
      throw new CodedError('expected_hello', 'Say share or watch first.');
    switch (message.type) {
      case 'want':
        if (state.kind !== 'screen') throw wrongRole('want', 'screen');
        hub.want(state.peer, message);
        break;
      case 'rename':
        if (state.kind === 'camera' && message.camera !== state.camera.camera)
          throw wrongRole('rename', 'screen');
        hub.rename(message.camera, message.name);
        break;
      case 'stop':
        if (state.kind !== 'camera') throw wrongRole('stop', 'camera');
        hub.stop(state.camera, state.peer);
        log.info({ session: id, camera: state.camera.camera }, 'a camera is not shown any more');
        // Nothing more of this socket is relayed.
        onClose();
        socket.close(1000, 'stopped');
        break;
      default:
        message satisfies never;
    }
  }

  function onPicture(data: Uint8Array): void {
    if (state.kind === 'greeting' || state.kind === 'checking') {
      throw new CodedError('expected_hello', 'Say share or watch first.');
    }
    if (state.kind !== 'camera') throw wrongRole('a picture', 'camera');
    if (data.byteLength > MAX_RELAYED_BYTES) {
      throw new CodedError('frame_too_large', `A relayed picture has at most ${MAX_RELAYED_BYTES} bytes.`);
    }
    const { format, image, capturedAtMs } = parseRelayedPicture(data);
    // A browser would try to decode whatever it is sent.
    const { ms, pixels, what } = decodeCost(image, format);
    if (pixels === 0) throw new CodedError('undecodable', `No picture of its format: ${what}.`);
    if (ms > MAX_FRAME_DECODE_MS || pixels > limits.maxFramePixels) {
      onTooCostly();
      throw new CodedError('frame_too_costly', `A picture that takes too long to decode: ${what}.`);
    }
    // No camera is ahead of time.
    const { camera } = state.camera;
    stampRelayedPicture(data, { camera, capturedAtMs: Math.min(capturedAtMs, epochMs()) });
    if (!hub.picture(state.camera, data)) {
      throw new CodedError('frame_without_credit', 'A picture that no take asked for.');
    }
  }

  function onError(error: unknown): void {
    if (error instanceof CodedError) {
      fail(error);
      return;
    }
    log.error({ session: id, error: error instanceof Error ? error.stack : error }, 'session broke');
    fail(new CodedError('internal', 'Something went wrong at the server; its log has the reason.'));
  }

  return {
    ...receiveMessages({
      maxBinaryBytes: limits.maxFrameBytes,
      takesTextFrames: false,
      maxTextBytes: MAX_TEXT_BYTES,
      isClosed: () => state.kind === 'closed',
      countSmall: () => smallMessages.count(),
      onBinary: onPicture,
      onText: (text) => onText(parseRelayClientMessage(text)),
      endIfUnread,
      onError,
    }),
    goAway,
    whenIdle: () => Promise.resolve(),
    onClose,
  };
}

/** ms since 1970, of a clock that does not jump. */
const epochMs = () => performance.timeOrigin + performance.now();

const wrongRole = (what: string, role: string) =>
  new CodedError('malformed_message', `Only a ${role} sends ${what}.`);
