import { quantile } from '../../protocol/quantile.ts';
import type { FrameJob, FrameResult } from '../queue/frameQueue.ts';

/** How a new version of a model did on live frames, compared with the one that answered them. */
export interface TrialResult {
  /** Frames that both ran on; may be 0 where no one streams. */
  frames: number;
  /** Frames that the new version did not survive, or that only it could not read. */
  failures: number;
  /** Median inference time on the same frames and as many cores, ms; 0 without such frames. */
  beforeMs: number;
  afterMs: number;
}

export interface ShadowTrial {
  /** Resolves when enough frames were compared, or no one sends any. */
  readonly result: Promise<TrialResult>;
  /** Whether the new version should run on this frame of that model, too. */
  wants(model: string): boolean;
  /** Runs the new version on it, after the version that serves gave `before`. Never rejects. */
  compare(job: FrameJob, before: RunResult, width: number): Promise<void>;
}

type RunResult =
  | { kind: 'answered'; timing: { inferMs: number } }
  | Pick<Extract<FrameResult, { kind: 'dropped' }>, 'kind' | 'reason'>;

/** One frame of three, so that sessions lose little; at most 15 frames, and 3 s. */
const ONE_OF = 3;
const FRAMES = 15;
const MAX_TRIAL_MS = 3_000;
/** Where no frame came by then, no one streams with this model. */
const QUIET_MS = 400;

/** @param run runs the new version on a frame, on `width` cores; undefined where it has no worker free */
export function startShadowTrial(
  model: string,
  run: (job: FrameJob, width: number) => Promise<RunResult | undefined>,
): ShadowTrial {
  const beforeMs: number[] = [];
  const afterMs: number[] = [];
  let frameCount = 0;
  let failures = 0;
  let running: Promise<void> | undefined;
  let isDone = false;
  let finish: (result: TrialResult) => void = () => {};
  const result = new Promise<TrialResult>((resolve) => {
    finish = resolve;
  });
  const timer = setTimeout(end, MAX_TRIAL_MS);
  const quietTimer = setTimeout(() => frameCount === 0 && void end(), QUIET_MS);

  async function end(): Promise<void> {
    isDone = true;
    clearTimeout(timer);
    clearTimeout(quietTimer);
    await running;
    const frames = beforeMs.length + failures;
    const median = (times: readonly number[]) => quantile(times, 0.5) ?? 0;
    finish({ frames, failures, beforeMs: median(beforeMs), afterMs: median(afterMs) });
  }

  async function runBoth(job: FrameJob, before: RunResult, width: number): Promise<void> {
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
    wants: (asked) => asked === model && !isDone && running === undefined && frameCount++ % ONE_OF === 0,
    async compare(job, before, width) {
      running = runBoth(job, before, width);
      await running;
      running = undefined;
      if (!isDone && (failures > 0 || beforeMs.length >= FRAMES)) await end();
    },
  };
}
