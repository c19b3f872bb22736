import { type Msg, RequestError } from '@nats-io/transport-node';
import { encodeJob, parseResult } from '../queue/frameBytes.ts';
import type { FrameInbox, FrameQueueOptions, FrameResult, TakenFrame } from '../queue/frameQueue.ts';
import { createMailbox, type Mailbox } from '../queue/mailbox.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import {
  encodeHanded,
  gatewaySubject,
  handedBytes,
  maxImageBytes,
  parseMore,
  parseNumbers,
  parseTake,
  readAnswerPart,
  toBytes,
  workerSubject,
} from './messages.ts';
import { createTurnLine, type TurnLine } from './turnLine.ts';

export interface NatsFrameInboxOptions extends FrameQueueOptions {
  link: NatsLink;
  /** Of this process; see Member. */
  gatewayId: string;
  /** The group whose workers serve the model; undefined where none does. */
  groupOf: (model: string) => string | undefined;
  /** Calls its listener with the id of each worker that is gone. Returns its disposer. */
  onGone: (listener: (workerId: string) => void) => () => void;
  log: Log;
}

export interface NatsFrameInbox extends FrameInbox {
  /** Frames waiting now. */
  readonly waiting: number;
  /** Frames that workers have in hand. */
  readonly inHand: number;
  /** Answers what waits and what workers have in hand with `worker_lost`. Idempotent. */
  close(): void;
}

/** What waits for the workers of one group. */
interface Line {
  mailbox: Mailbox;
  turns: TurnLine;
}

/** A frame that a worker has in hand. */
interface Handed {
  frame: TakenFrame;
  worker: string;
  atMs: number;
  /** Of an answer that comes in several messages. */
  parts: Uint8Array[];
  /** How often its worker did not know it when it was asked. */
  unknown: number;
}

/** How often workers are asked whether they still have what they took this long ago, ms. */
const CHECK_MS = 500;
/** What workers have is given up when there was no connection for this time, ms: a client that waits for 4 s takes its link for dead. */
const AWAY_MS = 3_000;
/** A worker that does not know a frame so many times has lost it, or its answer was lost. */
const MAX_UNKNOWN = 2;

const NOTHING = new Uint8Array();
const lost = (detail: string): FrameResult => ({ kind: 'dropped', reason: 'worker_lost', detail });

/**
 * The end of the frame queue that a gateway holds. Frames wait here, by the law of the queue of one machine; a token for each waits in a stream, where
 * those of all gateways stand in one line. A worker whose turn it is comes and gets the frame whose turn it is here.
 */
export function createNatsFrameInbox(options: NatsFrameInboxOptions): NatsFrameInbox {
  const { link, gatewayId, groupOf, log, nowMs } = options;
  const { connection, name } = link;
  const lines = new Map<string, Line>();
  const handed = new Map<number, Handed>();
  let lastNumber = 0;
  let awaySinceMs = Number.POSITIVE_INFINITY;
  let isClosed = false;

  function openLine(group: string): Line {
    const mailbox = createMailbox(options);
    const turns = createTurnLine({ link, gatewayId, group, waiting: () => mailbox.waiting, log });
    const line = { mailbox, turns };
    lines.set(group, line);
    return line;
  }

  function hand(frame: TakenFrame, worker: string): Uint8Array | undefined {
    lastNumber = (lastNumber + 1) >>> 0;
    const { queueMs, isAlone, job } = frame;
    const bytes = encodeHanded({ number: lastNumber, queueMs, isAlone }, encodeJob(job));
    if (bytes.byteLength > link.maxPayload) {
      frame.answer(tooLarge(job.image.byteLength));
      return undefined;
    }
    link.count('taken');
    handed.set(lastNumber, { frame, worker, atMs: nowMs(), parts: [], unknown: 0 });
    return bytes;
  }

  function onTake(message: Msg): void {
    const { worker, group, models, token } = parseTake(message.data);
    const line = lines.get(group);
    line?.turns.heard(token);
    let bytes: Uint8Array | undefined;
    for (;;) {
      const frame = line?.mailbox.take(
        models && (({ model, embedder = model }) => [model, embedder].every((id) => models.includes(id))),
      );
      if (frame === undefined) break;
      bytes = hand(frame, worker);
      if (bytes) break;
    }
    if (bytes === undefined) link.count('empty');
    message.respond(bytes ?? NOTHING);
  }

  function onMore(message: Msg): void {
    const { worker, group, model, counts } = parseMore(message.data);
    const frames =
      lines.get(group)?.mailbox.takeWaiting(model, counts, (jobs) => handedBytes(jobs) <= link.maxPayload) ??
      [];
    message.respond(Buffer.concat(frames.map((frame) => hand(frame, worker) ?? NOTHING)));
  }

  function onAnswer({ data }: Msg): void {
    const { number, isLast, part } = readAnswerPart(data);
    const one = handed.get(number);
    if (one === undefined) {
      if (isLast) link.count('unwanted');
      return;
    }
    // A part outlives the buffer that it came in only as a copy.
    if (!isLast) {
      one.parts.push(Uint8Array.from(part));
      return;
    }
    handed.delete(number);
    try {
      one.frame.answer(parseResult(one.parts.length === 0 ? part : Buffer.concat([...one.parts, part])));
    } catch (error) {
      log.warn({ err: error, worker: one.worker }, 'the answer of a worker cannot be read');
      one.frame.answer(lost('its answer could not be read'));
    }
  }

  function give(number: number, detail: string): void {
    link.count('lost');
    handed.get(number)?.frame.answer(lost(detail));
    handed.delete(number);
  }

  function tooLarge(bytes: number): FrameResult {
    const { maxPayload } = link;
    log.warn(
      { bytes, maxPayload },
      'a picture is larger than a message of NATS may be: raise max_payload of nats-server',
    );
    return lost(
      `${bytes} bytes are more than a message of NATS may have, ${maxPayload}: raise max_payload of nats-server`,
    );
  }

  const listen = (what: 'take' | 'more' | 'answer', handle: (message: Msg) => void) =>
    link.listen(gatewaySubject(name, gatewayId, what), handle);
  const stopListening = [listen('take', onTake), listen('more', onMore), listen('answer', onAnswer)];

  /** A frame or its answer may be lost with a connection, and nobody would know. */
  async function check(): Promise<void> {
    if (!link.isConnected) {
      if (nowMs() - awaySinceMs > AWAY_MS)
        for (const number of [...handed.keys()]) give(number, 'NATS cannot be reached');
      return;
    }
    const byWorker = new Map<string, number[]>();
    const fromMs = nowMs() - CHECK_MS;
    for (const [number, { worker, atMs }] of handed) {
      if (atMs > fromMs) continue;
      byWorker.set(worker, [...(byWorker.get(worker) ?? []), number]);
    }
    await Promise.all([...byWorker].map(([worker, numbers]) => checkAt(worker, numbers)));
  }

  async function checkAt(worker: string, numbers: readonly number[]): Promise<void> {
    let known: number[] = [];
    try {
      const subject = workerSubject(name, worker, 'holds');
      known = parseNumbers((await connection.request(`${subject}.${gatewayId}`, toBytes(numbers))).data);
    } catch (error) {
      // One that is busy says so later; one that is gone is not there to be asked.
      if (!(error instanceof RequestError && error.isNoResponders())) return;
    }
    if (!link.isConnected) return;
    for (const number of numbers) {
      const one = handed.get(number);
      if (one === undefined || known.includes(number)) continue;
      one.unknown += 1;
      if (one.unknown >= MAX_UNKNOWN) give(number, 'its worker does not have it any more');
    }
  }

  const checker = setInterval(() => void check(), CHECK_MS);
  stopListening.push(
    link.onChange((isConnected) => {
      awaySinceMs = isConnected ? Number.POSITIVE_INFINITY : nowMs();
    }),
    options.onGone((gone) => {
      for (const [number, { worker }] of handed) if (worker === gone) give(number, 'its worker is gone');
    }),
  );

  return {
    submit(job) {
      const group = groupOf(job.model);
      if (isClosed) return Promise.resolve({ kind: 'dropped', reason: 'worker_lost' });
      if (group === undefined) return Promise.resolve(lost('no worker serves this model'));
      if (job.image.byteLength > maxImageBytes(link.maxPayload))
        return Promise.resolve(tooLarge(job.image.byteLength));
      const line = lines.get(group) ?? openLine(group);
      // Its workers may be of another group than before.
      if (lines.size > 1)
        for (const other of lines.values()) if (other !== line) other.mailbox.forget(job.key);
      const result = line.mailbox.submit(job);
      line.turns.changed();
      return result;
    },

    forget(key) {
      for (const { mailbox } of lines.values()) mailbox.forget(key);
    },

    get waiting() {
      return [...lines.values()].reduce((sum, { mailbox }) => sum + mailbox.waiting, 0);
    },
    get inHand() {
      return handed.size;
    },

    close() {
      isClosed = true;
      clearInterval(checker);
      for (const stop of stopListening) stop();
      for (const { mailbox, turns } of lines.values()) {
        mailbox.close();
        turns.close();
      }
      for (const number of [...handed.keys()]) give(number, 'this server is ending');
    },
  };
}
