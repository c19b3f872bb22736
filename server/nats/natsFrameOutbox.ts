import type { Msg } from '@nats-io/transport-node';
import type { FrameOutbox, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import {
  encodeAnswer,
  encodeTake,
  gatewaySubject,
  type HandedFrame,
  offerSubject,
  parseHanded,
  parseNumbers,
  toBytes,
  workerSubject,
} from './messages.ts';
import { createTurns, pendingBehind, readTurn } from './turns.ts';

export interface NatsFrameOutboxOptions {
  link: NatsLink;
  /** Of this process; see Member. */
  workerId: string;
  /** See Worker.group. */
  group: string;
  /** Models that frames can be run with now. Default: all that come. */
  models?: (() => readonly string[]) | undefined;
  log: Log;
}

export interface NatsFrameOutbox extends FrameOutbox {
  /** Lets takers go. What was taken can still be answered while the connection lasts. Idempotent. */
  close(): void;
}

/** Who waits for a frame. */
interface Taker {
  readonly signal: AbortSignal;
  /** Only the first call counts. */
  resolve(frame: TakenFrame | undefined): void;
}

/** What a gateway was asked. */
interface Question {
  askedAtMs: number;
  /** With its answer; without where none came. */
  settle(bytes?: Uint8Array): void;
}

/** Time after which the server forgets that a token was asked for, ms: it may have forgotten it before without a word. */
const PULL_EXPIRES_MS = 1_000;
const PULL_REQUEST = Buffer.from(`{"batch":1,"expires":${PULL_EXPIRES_MS * 1e6}}`);
/** After this time without an answer it is asked again. */
const PULL_LOST_MS = PULL_EXPIRES_MS + 250;
/** Time until it is asked again where there is no stream, or it has no leader. */
const RETRY_MS = 50;
/** A gateway answers at once, or is gone. */
const QUESTION_LOST_MS = 1_000;
const TICK_MS = 250;
/** For this time after its return a gateway may ask for an answer that went out before it was back, ms. */
const LATE_MS = 10_000;
const NAK = Buffer.from('-NAK');
const FREE = Uint8Array.of(1);
const EMPTY = new Uint8Array();
const LOST = { kind: 'dropped', reason: 'worker_lost' } as const;

/**
 * The end of the frame queue that a worker machine holds. Who waits for a frame asks for one token; who has it asks the token's
 * gateway for the frame whose turn it is there.
 */
export function createNatsFrameOutbox(options: NatsFrameOutboxOptions): NatsFrameOutbox {
  const { link, workerId, group, log } = options;
  const { connection, name } = link;
  const turns = createTurns(link, group, log);
  const takers: Taker[] = [];
  /** Takers whose frame is asked for at a gateway. */
  const fetching = new Set<Taker>();
  /** When each token was asked for that has not come yet, by number. */
  const pulls = new Map<number, number>();
  const questions = new Map<number, Question>();
  /** Of a pull or a question. */
  let lastNumber = 0;
  /** Frames in hand, as gateway and number. */
  const held = new Set<string>();
  /** Answers that could not go out, by gateway and number, in their order. */
  const unsent = new Map<string, () => void>();
  /** The same, once they went out. Their gateway may have been away still, which is known when it asks for them. */
  const late = new Map<string, () => void>();
  let lastGateway: string | undefined;
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;

  const inbox = link.newInbox();
  const stopListening = [
    link.listen(`${inbox}.*`, onMessage),
    link.listen(offerSubject(name, group), onOffer, group),
    link.onChange((isConnected) => {
      pulls.clear();
      for (const { settle } of [...questions.values()]) settle();
      if (!isConnected) return;
      for (const [id, send] of unsent) sendLate(id, send);
      unsent.clear();
      void turns.ensure().then(ask);
    }),
  ];
  // For as long as the connection lasts: what was taken may be answered after this end was closed.
  link.listen(`${workerSubject(name, workerId, 'holds')}.*`, onHolds);
  const ticker = setInterval(() => {
    const nowMs = performance.now();
    for (const [pull, atMs] of pulls) if (nowMs - atMs > PULL_LOST_MS) pulls.delete(pull);
    for (const { askedAtMs, settle } of [...questions.values()])
      if (nowMs - askedAtMs > QUESTION_LOST_MS) settle();
    ask();
  }, TICK_MS);
  void turns.ensure().then(ask);

  function publish(subject: string, body: Uint8Array): number {
    lastNumber += 1;
    connection.publish(subject, body, { reply: `${inbox}.${lastNumber}` });
    return lastNumber;
  }

  /** Asks for a token for each taker. */
  function ask(): void {
    if (isClosed || !link.isConnected || retry !== undefined) return;
    while (pulls.size < takers.length) pulls.set(publish(turns.nextSubject, PULL_REQUEST), performance.now());
  }

  function onMessage(message: Msg): void {
    if (!message.subject.startsWith(inbox)) {
      // A token comes on its own subject, so that it is not known which pull it answers: most likely the oldest.
      forgetOldestPull();
      onToken(message);
      return;
    }
    const number = Number(message.subject.slice(inbox.length + 1));
    const code = message.headers?.code;
    const question = questions.get(number);
    if (question) {
      question.settle(code === 503 ? undefined : message.data);
      return;
    }
    // A gateway that answers too late: it finds out that its frame is not here.
    if (code === undefined) return;
    // One that a token seemed to answer: it had answered another.
    if (!pulls.delete(number)) forgetOldestPull();
    onNoToken(code);
  }

  function forgetOldestPull(): void {
    const [oldest] = pulls.keys();
    if (oldest !== undefined) pulls.delete(oldest);
  }

  function onToken(message: Msg): void {
    const taker = takers.shift();
    if (taker === undefined) {
      message.respond(NAK);
      return;
    }
    message.respond(EMPTY);
    const { gateway, number } = readTurn(message.subject);
    void fetchFrom(gateway, taker, number, pendingBehind(message.reply ?? ''));
  }

  function onNoToken(code: number | undefined): void {
    // There was none in that time.
    if (code === 408) {
      ask();
      return;
    }
    log.debug({ code }, 'no turns can be had now');
    retry ??= setTimeout(() => {
      retry = undefined;
      ask();
    }, RETRY_MS);
    // There may be no such consumer, or it has no leader.
    void turns.ensure();
  }

  function onOffer(message: Msg): void {
    const taker = takers.shift();
    message.respond(taker ? FREE : EMPTY);
    if (taker) void fetchFrom(message.string(), taker);
  }

  /** Gets the frame whose turn it is at a gateway. Where there is none, the taker goes on waiting, before all others. */
  async function fetchFrom(gateway: string, taker: Taker, token?: number, pending = 0): Promise<void> {
    fetching.add(taker);
    const models = options.models?.();
    const take = toBytes({ worker: workerId, group, ...(models && { models: [...models] }) });
    const [frame] = await question(gateway, 'take', encodeTake(token, take));
    fetching.delete(taker);
    if (frame) {
      lastGateway = gateway;
      const one = taken(gateway, { ...frame, isAlone: frame.isAlone && pending === 0 });
      if (isClosed) one.answer(LOST);
      else taker.resolve(one);
    } else if (taker.signal.aborted) taker.resolve(undefined);
    else if (!isClosed) {
      takers.unshift(taker);
      ask();
    }
  }

  /** None where the gateway is gone or has none. */
  async function question(gateway: string, what: 'take' | 'more', body: Uint8Array): Promise<HandedFrame[]> {
    const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
      const number = publish(gatewaySubject(name, gateway, what), body);
      const settle = (answer?: Uint8Array) => {
        questions.delete(number);
        resolve(answer);
      };
      questions.set(number, { askedAtMs: performance.now(), settle });
    });
    try {
      const frames = bytes ? parseHanded(bytes) : [];
      for (const { number } of frames) held.add(`${gateway}.${number}`);
      return frames;
    } catch (error) {
      log.warn({ err: error, gateway }, 'a frame of a gateway cannot be read');
      return [];
    }
  }

  function taken(gateway: string, { number, ...frame }: HandedFrame): TakenFrame {
    const id = `${gateway}.${number}`;
    let isAnswered = false;
    return {
      ...frame,
      answer(result) {
        if (isAnswered) return;
        isAnswered = true;
        const parts = encodeAnswer(number, result, link.maxPayload);
        const send = () => {
          held.delete(id);
          for (const part of parts) connection.publish(gatewaySubject(name, gateway, 'answer'), part);
        };
        if (connection.isClosed()) return;
        if (link.isConnected) send();
        else unsent.set(id, send);
      },
    };
  }

  function sendLate(id: string, send: () => void): void {
    send();
    late.set(id, send);
    setTimeout(() => late.delete(id), LATE_MS).unref();
  }

  function onHolds(message: Msg): void {
    const gateway = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    const known = parseNumbers(message.data).filter((number) => {
      const id = `${gateway}.${number}`;
      const sendAgain = late.get(id);
      sendAgain?.();
      return held.has(id) || sendAgain !== undefined;
    });
    message.respond(toBytes(known));
  }

  return {
    take(signal) {
      return new Promise((resolve) => {
        if (isClosed || signal.aborted) {
          resolve(undefined);
          return;
        }
        const giveUp = () => {
          const at = takers.indexOf(taker);
          // One whose frame is on its way gets it: nobody else will.
          if (at < 0) return;
          takers.splice(at, 1);
          taker.resolve(undefined);
        };
        const taker: Taker = {
          signal,
          resolve(frame) {
            signal.removeEventListener('abort', giveUp);
            resolve(frame);
          },
        };
        signal.addEventListener('abort', giveUp);
        takers.push(taker);
        ask();
      });
    },

    async takeWaiting(model, counts) {
      const gateway = lastGateway;
      if (isClosed || gateway === undefined || counts.length === 0 || !link.isConnected) return [];
      const more = toBytes({ worker: workerId, group, model, counts: [...counts] });
      const frames = (await question(gateway, 'more', more)).map((frame) => taken(gateway, frame));
      if (!isClosed) return frames;
      for (const frame of frames) frame.answer(LOST);
      return [];
    },

    close() {
      isClosed = true;
      clearInterval(ticker);
      clearTimeout(retry);
      for (const stop of stopListening) stop();
      turns.close();
      for (const { settle } of [...questions.values()]) settle();
      for (const taker of [...takers.splice(0), ...fetching]) taker.resolve(undefined);
    },
  };
}
