import { setTimeout as sleep } from 'node:timers/promises';
import type { Msg } from '@nats-io/transport-node';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import { offerSubject } from './messages.ts';
import { createTurns } from './turns.ts';

/**
 * The place of one gateway in the line of a group of workers. It keeps as many tokens in the line as frames wait: which of them
 * is handed out is decided when a worker comes.
 *
 * Tokens may be lost, with a server that ends or a worker that has just got one. And while JetStream elects a leader, seconds may pass
 * without any answer. Then the gateway offers what waits to workers directly, by core NATS: whoever is free comes for it. It goes on so until a worker comes with
 * a token again. Turns of several gateways are less fair meanwhile.
 */
export interface TurnLine {
  /** A frame may have begun to wait. */
  changed(): void;
  /** A worker came with this token; undefined where it came since it was offered a frame. */
  heard(number: number | undefined): void;
  close(): void;
}

export interface TurnLineOptions {
  link: NatsLink;
  gatewayId: string;
  group: string;
  /** Number of frames that wait for this group. */
  waiting: () => number;
  log: Log;
}

/** A token of which nothing was heard for this time is published again. */
const REPEAT_MS = 250;
/** Number of tokens that are published again at once, at most. */
const MAX_REPEATS = 32;
/** A token without a frame is not counted on after this time: it may be gone. */
const SURPLUS_MS = 5_000;
/** JetStream answers a publication within this time, or is in trouble. */
const UNANSWERED_MS = 100;
/** A worker that is free comes for a token within this time; else all are busy, or tokens are not handed out. */
const SILENT_MS = 500;
/** JetStream is asked for an answer once in this time, ms, not for each token. */
const ASK_MS = 25;
const TICK_MS = 50;
const OFFER_TIMEOUT_MS = 300;
/** Time until the next offer, ms: after one that was taken, after one that nobody could take, and after that where the line itself is well. */
const TAKEN_PAUSE_MS = 2;
const BUSY_PAUSE_MS = 20;
const WELL_PAUSE_MS = 100;

/** What JetStream says of a token that is still in the line. */
const STILL_IN_LINE = 10_077;

const EMPTY = new Uint8Array();

export function createTurnLine({ link, gatewayId, group, waiting, log }: TurnLineOptions): TurnLine {
  const { connection } = link;
  const turns = createTurns(link, group, log);
  /** Tokens that should be in the line, and when each was published last. Numbers grow. */
  const out = new Map<number, number>();
  let last = 0;
  let newestHeard = 0;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let waitingSinceMs = 0;
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Since when JetStream owes an answer. */
  let unansweredSinceMs: number | undefined;
  /** Whether tokens seem not to reach workers. */
  let isDoubtful = false;
  let isOffering = false;
  let isStarting = false;
  let isRefused = false;
  let isClosed = false;
  let ticker: NodeJS.Timeout | undefined;

  const inbox = link.newInbox();
  const stopAnswers = link.listen(inbox, onAnswer);
  const stopListening = link.onChange((isConnected) => {
    if (isConnected) startAgain();
  });
  startAgain();

  /** What is in the line is not known: the server may be another, or have lost it. */
  function startAgain(): void {
    doubt();
    if (isStarting) return;
    isStarting = true;
    void turns.ensure().then(() => {
      isStarting = false;
      out.clear();
      changed();
    });
  }

  function onAnswer(message: Msg): void {
    if (message.headers?.code === 503) {
      // There is no such stream, or it has no leader.
      startAgain();
      return;
    }
    const { error } = message.json<{ error?: { err_code?: number; description?: string } }>();
    if (error === undefined || error.err_code === STILL_IN_LINE) {
      unansweredSinceMs = undefined;
      answeredAtMs = performance.now();
      isRefused = false;
      return;
    }
    if (!isRefused)
      log.warn({ error }, 'JetStream refuses turns; frames are offered to workers without them');
    isRefused = true;
    doubt();
  }

  function publish(number: number, event: 'published' | 'repeated'): void {
    link.count(event);
    const nowMs = performance.now();
    out.set(number, nowMs);
    const subject = turns.subjectOf(gatewayId, number);
    // One answer now and then says that all is well.
    if (unansweredSinceMs === undefined && nowMs - answeredAtMs < ASK_MS) {
      connection.publish(subject, EMPTY);
      return;
    }
    unansweredSinceMs ??= nowMs;
    connection.publish(subject, EMPTY, { reply: inbox });
  }

  function doubt(): void {
    isDoubtful = true;
    void offer();
  }

  function changed(): void {
    if (isClosed || waiting() === 0) return;
    if (ticker === undefined) {
      waitingSinceMs = performance.now();
      forgetSurplus(waitingSinceMs);
      ticker = setInterval(tick, TICK_MS);
    }
    if (!link.isConnected) return;
    while (out.size < waiting()) publish(++last, 'published');
    if (isDoubtful) void offer();
  }

  function forgetSurplus(nowMs: number): void {
    for (const [number, atMs] of out) if (nowMs - atMs > SURPLUS_MS) out.delete(number);
  }

  function tick(): void {
    if (waiting() === 0) {
      clearInterval(ticker);
      ticker = undefined;
      unansweredSinceMs = undefined;
      return;
    }
    if (!link.isConnected) return;
    const nowMs = performance.now();
    const silentMs = nowMs - Math.max(heardAtMs, waitingSinceMs);
    const unansweredMs = unansweredSinceMs === undefined ? 0 : nowMs - unansweredSinceMs;
    if (unansweredMs > UNANSWERED_MS || silentMs > SILENT_MS) doubt();
    let repeats = 0;
    for (const [number, atMs] of out) {
      if (repeats === MAX_REPEATS) break;
      // A later one was heard: this one was lost on its way.
      const isOvertaken = number < newestHeard;
      if (nowMs - atMs <= REPEAT_MS || (silentMs <= REPEAT_MS && !isOvertaken)) continue;
      publish(number, 'repeated');
      repeats += 1;
    }
    changed();
  }

  async function offer(): Promise<void> {
    if (isOffering) return;
    isOffering = true;
    while (isDoubtful && !isClosed && link.isConnected && waiting() > 0) {
      let isTaken = false;
      try {
        const answer = await connection.request(offerSubject(link.name, group), gatewayId, {
          timeout: OFFER_TIMEOUT_MS,
        });
        isTaken = answer.data.byteLength > 0;
        if (isTaken) link.count('offered');
      } catch {
        // Nobody serves this group now, or whoever was asked is gone.
      }
      const isWell = unansweredSinceMs === undefined;
      await sleep(isTaken ? TAKEN_PAUSE_MS : isWell ? WELL_PAUSE_MS : BUSY_PAUSE_MS);
    }
    isOffering = false;
  }

  return {
    changed,
    heard(number) {
      if (number === undefined) return;
      heardAtMs = performance.now();
      isDoubtful = false;
      newestHeard = Math.max(newestHeard, number);
      out.delete(number);
    },
    close() {
      isClosed = true;
      clearInterval(ticker);
      stopListening();
      turns.close();
      stopAnswers();
    },
  };
}
