import { startDeadline } from '../../client/http/deadline.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { CheckId, Finding } from './finding.ts';

/** One thing that is checked. */
export interface Check {
  readonly id: CheckId;
  /** After this time it is given up, ms. */
  readonly deadlineMs: number;
  /** @param signal aborted when it is given up: what it has opened is then closed */
  run(signal: AbortSignal): Promise<Finding>;
}

export interface RunOptions {
  /** Ends the run; nothing is reported afterwards. */
  signal: AbortSignal;
  onStart(id: CheckId): void;
  onFinding(id: CheckId, finding: Finding): void;
}

/** Runs checks one after the other. One that fails, or takes too long, fails alone. */
export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<void> {
  const { signal, onStart, onFinding } = options;
  for (const check of checks) {
    if (signal.aborted) return;
    onStart(check.id);
    const finding = await runCheck(check, signal);
    if (signal.aborted) return;
    onFinding(check.id, finding);
  }
}

async function runCheck({ deadlineMs, run }: Check, signal: AbortSignal): Promise<Finding> {
  const deadline = startDeadline(deadlineMs, [signal]);
  // First to hear of it, so that a check that fails because of it does not answer first.
  const tooSlow = new Promise<Finding>((resolve) => {
    deadline.signal.addEventListener('abort', () =>
      resolve({ code: 'tooSlow', facts: { afterMs: deadlineMs } }),
    );
  });
  try {
    return await Promise.race([run(deadline.signal), tooSlow]);
  } catch (error) {
    return { code: 'checkFailed', facts: { error: messageOf(error) } };
  } finally {
    deadline.clear();
  }
}
