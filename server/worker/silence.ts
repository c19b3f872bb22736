/** What is known of a worker that has not answered for its usual time. Times of one clock, ms. */
export interface Silence {
  nowMs: number;
  /** When the worker was asked. */
  sinceMs: number;
  limitMs: number;
  /** It is never waited for longer. */
  ceilingMs: number;
  /** When this was to be judged. The judging process was held up itself if it is later. */
  dueAtMs: number;
  /** When another worker last answered. */
  othersAnsweredAtMs: number;
  /** Number of times that the judgement was put off because this process was held up. */
  heldUp: number;
}

export type Verdict =
  /** It is judged again after `ms`. */
  { kind: 'wait'; ms: number; heldUp: number } | { kind: 'silent' };

/** A timer that is later than this was held up, ms: by our own process, or as the whole machine stood still. */
const HELD_UP_MS = 50;
const MAX_HELD_UP = 5;
/** Its answer may lie unread in the pipe; this is the time to read it, ms. */
const READ_PIPE_MS = { min: 50, max: 500 };
/** Where no other worker answers either, it may be the machine: twice the usual time. */
const ALONE_FACTOR = 2;

/**
 * Whether a worker hangs. Its silence counts only while this process runs in time, and most while other
 * workers answer: else the machine is busy, and a new process would make it busier.
 */
export function judgeSilence(silence: Silence): Verdict {
  const { nowMs, sinceMs, limitMs, ceilingMs, dueAtMs, othersAnsweredAtMs, heldUp } = silence;
  const lateMs = nowMs - dueAtMs;
  if (lateMs > HELD_UP_MS && heldUp < MAX_HELD_UP) {
    const ms = Math.min(READ_PIPE_MS.max, Math.max(READ_PIPE_MS.min, lateMs));
    return { kind: 'wait', ms, heldUp: heldUp + 1 };
  }
  const patienceMs = othersAnsweredAtMs >= sinceMs ? limitMs : Math.min(ceilingMs, ALONE_FACTOR * limitMs);
  const leftMs = sinceMs + patienceMs - nowMs;
  return leftMs > 0 ? { kind: 'wait', ms: leftMs, heldUp } : { kind: 'silent' };
}

/**
 * Waits for an answer for its usual time.
 * @param answer never rejects
 * @returns whether it came; false as soon as the worker is considered silent
 */
export function cameInTime(
  answer: Promise<unknown>,
  options: { limitMs: number; ceilingMs: number; nowMs(): number; othersAnsweredAtMs(): number },
): Promise<boolean> {
  const { limitMs, ceilingMs, nowMs, othersAnsweredAtMs } = options;
  const sinceMs = nowMs();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const judgeAfter = (ms: number, heldUp: number) => {
      const dueAtMs = nowMs() + ms;
      timer = setTimeout(() => {
        const verdict = judgeSilence({
          nowMs: nowMs(),
          sinceMs,
          limitMs,
          ceilingMs,
          dueAtMs,
          othersAnsweredAtMs: othersAnsweredAtMs(),
          heldUp,
        });
        if (verdict.kind === 'wait') judgeAfter(verdict.ms, verdict.heldUp);
        else resolve(false);
      }, ms);
    };
    judgeAfter(limitMs, 0);
    void answer.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
