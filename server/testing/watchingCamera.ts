import { WebSocket } from 'ws';
import { openStream } from '../../client/stream/openStream.ts';
import type { FrameLabels, Stream } from '../../client/stream/stream.ts';
import { quantile } from '../../protocol/quantile.ts';

type Cleanup = { after(close: () => void): void };

/** A frame that got its labels. Times of this process. */
export interface WatchedLabels extends Pick<FrameLabels, 'model' | 'session' | 'labels'> {
  readonly atMs: number;
  /** Time from the picture to its labels here, ms. */
  readonly ageMs: number;
  /** Older ones are not drawn. */
  readonly maxAgeMs: number;
  /** Time that the frame waited at the server for a worker. */
  readonly queueMs: number;
}

/** A page in front of a scene: the client's stream with its pacing and its reconnecting, and a note of all that comes. */
export interface WatchingCamera {
  readonly stream: Stream;
  readonly labels: readonly WatchedLabels[];
  /** Dropped frames, by reason. */
  readonly drops: ReadonlyMap<string, number>;
  /** Codes with which its sockets were closed that the server had not asked to come again. */
  readonly losses: readonly number[];
  /** Errors that did not end the connection. */
  readonly errors: readonly { code: string; message: string }[];
  /** Frames that were answered a second time. */
  readonly answeredTwice: number;
  /** The next labels that `isWanted`. @throws Error when they do not come for `withinMs` */
  next(isWanted?: (labels: WatchedLabels) => boolean, withinMs?: number): Promise<WatchedLabels>;
  /** The longest time between two labels since `sinceMs`, until now, ms. */
  longestGapMs(sinceMs: number): number;
  close(): void;
}

const FRAME_MS = 33;
/** No bound of the product: whoever gets nothing for so long waits for nothing. */
const HANGS_MS = 60_000;

export function openWatchingCamera(
  t: Cleanup,
  url: string,
  image: Uint8Array,
  { everyMs = FRAME_MS, model }: { everyMs?: number; model?: string } = {},
): WatchingCamera {
  const labels: WatchedLabels[] = [];
  const drops = new Map<string, number>();
  const losses: number[] = [];
  const errors: { code: string; message: string }[] = [];
  const waiting = new Set<(labels: WatchedLabels) => void>();
  let answeredTwice = 0;

  function transport(at: string, subprotocol: string): WebSocket {
    const socket = new WebSocket(at, subprotocol, { perMessageDeflate: false });
    const answered = new Set<number>();
    let isAskedAway = false;
    socket.on('message', (data: Buffer) => {
      const { type, seq } = JSON.parse(data.toString('utf8'));
      if (type === 'goaway') isAskedAway = true;
      if (type !== 'labels' && type !== 'dropped') return;
      if (answered.has(seq)) answeredTwice += 1;
      answered.add(seq);
    });
    socket.on('close', (code) => {
      if (!isAskedAway) losses.push(code);
    });
    return socket;
  }

  const stream = openStream({ url, transport, ...(model !== undefined && { selection: { model } }) });
  stream.onLabels(({ model, session, labels: shown, capturedAtMs, maxLabelAgeMs, trace }) => {
    const atMs = performance.now();
    const found = {
      model,
      session,
      labels: shown,
      atMs,
      ageMs: atMs - capturedAtMs,
      maxAgeMs: maxLabelAgeMs,
      queueMs: trace.timing.queueMs,
    };
    labels.push(found);
    for (const see of [...waiting]) see(found);
  });
  stream.onDropped(({ reason }) => void drops.set(reason, (drops.get(reason) ?? 0) + 1));
  stream.onError(({ code, message }) => void errors.push({ code, message }));
  const timer = setInterval(() => {
    if (stream.wantsFrame()) stream.send({ image });
  }, everyMs);
  const close = () => {
    clearInterval(timer);
    stream.close();
  };
  t.after(close);

  return {
    stream,
    labels,
    drops,
    losses,
    errors,
    get answeredTwice() {
      return answeredTwice;
    },
    next(isWanted = () => true, withinMs = HANGS_MS) {
      return new Promise((resolve, reject) => {
        const timeout = setTimeout(() => {
          waiting.delete(see);
          const last = labels.at(-1);
          reject(
            new Error(
              `No such labels for ${withinMs} ms; the stream is ${stream.state.kind}, drops ${JSON.stringify([...drops])}, ` +
                `losses ${losses}, errors ${JSON.stringify(errors)}, last labels ${JSON.stringify(last)}.`,
            ),
          );
        }, withinMs);
        const see = (found: WatchedLabels) => {
          if (!isWanted(found)) return;
          waiting.delete(see);
          clearTimeout(timeout);
          resolve(found);
        };
        waiting.add(see);
      });
    },
    longestGapMs(sinceMs) {
      const times = [
        sinceMs,
        ...labels.map(({ atMs }) => atMs).filter((atMs) => atMs > sinceMs),
        performance.now(),
      ];
      return Math.max(...times.slice(1).map((atMs, at) => atMs - (times[at] ?? atMs)));
    },
    close,
  };
}

/** Of the labels of several cameras. */
export const agesOf = (cameras: readonly WatchingCamera[]) => {
  const ages = cameras.flatMap(({ labels }) => labels.map(({ ageMs }) => ageMs));
  return { count: ages.length, p50: quantile(ages, 0.5), p95: quantile(ages, 0.95), max: quantile(ages, 1) };
};
