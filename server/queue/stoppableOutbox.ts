import type { FrameOutbox, FrameResult, TakenFrame } from './frameQueue.ts';

/** An outbox that can be closed before its workers: what they have taken is finished. */
export interface StoppableOutbox extends FrameOutbox {
  /** Frames that were taken and are not answered yet. */
  readonly inHand: number;
  /** From now on nothing is taken. Resolves when all that was taken is answered. Idempotent. */
  stop(): Promise<void>;
}

/** @param onAnswered called with each answer, and the time from when its frame came to the queue, ms */
export function createStoppableOutbox(
  outbox: FrameOutbox,
  { onAnswered, nowMs }: { onAnswered(result: FrameResult, ageMs: number): void; nowMs(): number },
): StoppableOutbox {
  const stopping = new AbortController();
  /** By the signals of takers, which come again with each frame: what one more signal each time leaves behind would pile up. */
  const signals = new WeakMap<AbortSignal, AbortSignal>();
  const whenIdle: (() => void)[] = [];
  let inHand = 0;
  /** Takers that were not let go yet: the frame of one may be on its way. */
  let taking = 0;

  function noteIdle(): void {
    if (inHand === 0 && taking === 0) for (const resolve of whenIdle.splice(0)) resolve();
  }

  function orStopping(signal: AbortSignal): AbortSignal {
    const known = signals.get(signal) ?? AbortSignal.any([signal, stopping.signal]);
    signals.set(signal, known);
    return known;
  }

  function hold(frame: TakenFrame): TakenFrame {
    const takenAtMs = nowMs();
    let isAnswered = false;
    inHand += 1;
    return {
      ...frame,
      answer(result) {
        if (isAnswered) return;
        isAnswered = true;
        frame.answer(result);
        onAnswered(result, frame.queueMs + nowMs() - takenAtMs);
        inHand -= 1;
        noteIdle();
      },
    };
  }

  return {
    get inHand() {
      return inHand;
    },
    async take(signal) {
      taking += 1;
      try {
        const frame = await outbox.take(orStopping(signal));
        return frame && hold(frame);
      } finally {
        taking -= 1;
        noteIdle();
      }
    },
    async takeWaiting(model, counts) {
      if (stopping.signal.aborted) return [];
      return (await outbox.takeWaiting(model, counts)).map(hold);
    },
    stop() {
      stopping.abort();
      return new Promise((resolve) => {
        whenIdle.push(resolve);
        noteIdle();
      });
    },
  };
}
