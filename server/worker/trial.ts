import type { FrameJob, FrameResult } from '../queue/frameQueue.ts';
import { median } from './median.ts';

/** How a new version of a model did on live frames beside the one that answered them. */
export interface TrialResult {
  /** Frames that both looked at; may be 0 where nobody streams. */
  frames: number;
  /** Frames that the new version did not survive, or that only it could not read. */
  failures: number;
  /** Median inference time on the same frames and as many cores, ms. */
  beforeMs: number;
  afterMs: number;
}

export interface ShadowTrial {
  /** Resolves when enough frames were looked at, or nobody sends any. */
  readonly result: Promise<TrialResult>;
  /** Whether this frame of that model should be shown to the new version, too. */
  wants(model: string): boolean;
  /** Shows it, after the version that serves gave `before`. Never rejects. */
  look(job: FrameJob, before: Outcome, width: number): Promise<void>;
}

type Outcome =
  | { kind: 'answered'; timing: { inferMs: number } }
  | Pick<Extract<FrameResult, { kind: 'dropped' }>, 'kind' | 'reason'>;

/** One frame of so many, so that sessions lose little, and at most so many, for at most so long. */
const ONE_OF = 3;
const FRAMES = 15;
const AT_MOST_MS = 3_000;
/** Where no frame came by then, nobody streams with this model. */
const QUIET_MS = 400;

/** @param run how the new version looks at a frame, on so many cores; undefined where it has no worker free */
export function startShadowTrial(
  model: string,
  run: (job: FrameJob, width: number) => Promise<Outcome | undefined>,
): ShadowTrial {
  const beforeMs: number[] = [];
  const afterMs: number[] = [];
  let seen = 0;
  let failures = 0;
  let running: Promise<void> | undefined;
  let isOver = false;
  let finish: (result: TrialResult) => void = () => {};
  const result = new Promise<TrialResult>((resolve) => {
    finish = resolve;
  });
  const timer = setTimeout(end, AT_MOST_MS);
  const quietTimer = setTimeout(() => seen === 0 && void end(), QUIET_MS);

  async function end(): Promise<void> {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(quietTimer);
    await running;
    const frames = beforeMs.length + failures;
    finish({ frames, failures, beforeMs: median(beforeMs), afterMs: median(afterMs) });
  }

  async function show(job: FrameJob, before: Outcome, width: number): Promise<void> {
    const after = await run(job, width);
    if (after === undefined) return;
    if (before.kind === 'answered' && after.kind === 'answered') {
      beforeMs.push(before.timing.inferMs);
      afterMs.push(after.timing.inferMs);
    } else if (before.kind === 'answered') {
      failures += 1;
    }
  }

  return {
    result,
    wants: (asked) => asked === model && !isOver && running === undefined && seen++ % ONE_OF === 0,
    async look(job, before, width) {
      running = show(job, before, width);
      await running;
      running = undefined;
      if (!isOver && (failures > 0 || beforeMs.length >= FRAMES)) await end();
    },
  };
}
