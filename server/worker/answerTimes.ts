/** Usual answer times of workers, and the time after which one that has not answered is considered silent. Pure: times are passed in. */
export interface AnswerTimes {
  /** A worker answered after `ms`. `kind` names a model and a number of cores: their times differ. */
  record(kind: string, ms: number): void;
  /** A worker that was considered silent answered after all: the machine is slower than it seemed. */
  falseAlarm(nowMs: number): void;
  /**
   * Time without an answer after which a worker is considered silent, ms.
   * @param expectedMs what a run took when the model was loaded; counts until there are answers
   */
  limitMs(kind: string, expectedMs: number, nowMs: number): number;
}

export interface AnswerTimesOptions {
  /** Lowest limit, ms: a machine that is busy for a moment gives a process no core for this time. */
  floorMs: number;
  /** Highest limit, ms. */
  ceilingMs: number;
}

/** Times that are kept of each kind. */
const KEPT = 50;
/** Of those, the third longest is the usual long one: what happens once or twice in fifty is an accident. */
const RANK = 3;
const MIN_SAMPLES = 5;
/** To consider a worker silent costs a frame and the start of a process, so the limit is well above the usual longest answer. */
const FACTOR = 4;
/** Before there are answers, the first of which are slower than all others. */
const FIRST = { factor: 8, floorMs: 1_000 };
/** Each false alarm doubles all limits, up to this; each quiet half minute halves them again. */
const MAX_PATIENCE = 8;
const FORGIVEN_AFTER_MS = 30_000;

export function createAnswerTimes({ floorMs, ceilingMs }: AnswerTimesOptions): AnswerTimes {
  const byKind = new Map<string, { times: number[]; next: number }>();
  let patience = 1;
  let patientSinceMs = 0;

  /** Forgives as many halves as have passed. */
  function patienceAt(nowMs: number): number {
    while (patience > 1 && nowMs - patientSinceMs >= FORGIVEN_AFTER_MS) {
      patience /= 2;
      patientSinceMs += FORGIVEN_AFTER_MS;
    }
    return patience;
  }

  return {
    record(kind, ms) {
      let recorded = byKind.get(kind);
      if (recorded === undefined) {
        recorded = { times: [], next: 0 };
        byKind.set(kind, recorded);
      }
      recorded.times[recorded.next] = ms;
      recorded.next = (recorded.next + 1) % KEPT;
    },
    falseAlarm(nowMs) {
      patience = Math.min(MAX_PATIENCE, patienceAt(nowMs) * 2);
      patientSinceMs = nowMs;
    },
    limitMs(kind, expectedMs, nowMs) {
      const times = byKind.get(kind)?.times ?? [];
      const usual =
        times.length < MIN_SAMPLES
          ? Math.max(FIRST.floorMs, FIRST.factor * expectedMs)
          : FACTOR * (times.toSorted((a, b) => b - a)[Math.min(RANK, times.length) - 1] ?? 0);
      return Math.min(ceilingMs, Math.max(floorMs, usual) * patienceAt(nowMs));
    },
  };
}
