import { DROP_REASONS } from '../../protocol/messages.ts';
import { type ServerStatus, STATUS_SAMPLES, type Stage, type StatusHistory } from '../../protocol/status.ts';

/** What the page knows of the server. */
export type StatusState =
  | { kind: 'loading' }
  /** Who asks may not see it. `isWrong`: with the token that was typed. */
  | { kind: 'refused'; isWrong: boolean }
  /** `isStale`: the server has not answered the last question. */
  | { kind: 'shown'; status: ServerStatus; isStale: boolean }
  /** It has never answered. */
  | { kind: 'unreachable' };

/** Puts a newer answer after an older one: only new samples cross the wire. */
export function mergeStatus(before: ServerStatus | undefined, next: ServerStatus): ServerStatus {
  if (before === undefined || before.startedAtMs !== next.startedAtMs) return next;
  const end = before.history.first + before.history.sessions.length;
  // The page slept for longer than the server remembers.
  if (next.history.first !== end) return next;
  return { ...next, history: joinHistories(before.history, next.history) };
}

/** Number of the newest sample. */
export const lastSample = ({ history }: ServerStatus): number | undefined =>
  history.sessions.length === 0 ? undefined : history.first + history.sessions.length - 1;

function joinHistories(before: StatusHistory, next: StatusHistory): StatusHistory {
  const counts = [before.sessions.length, next.sessions.length] as const;
  const surplus = Math.max(0, counts[0] + counts[1] - STATUS_SAMPLES);
  const join = <T>(one: readonly T[], two: readonly T[]): T[] => [...one, ...two].slice(surplus);
  const zeros = (count: number) => new Array<number>(count).fill(0);
  const agesOf = (stage: Stage) => ({
    p50: join(before.ages[stage].p50, next.ages[stage].p50),
    p95: join(before.ages[stage].p95, next.ages[stage].p95),
  });
  const reasons = DROP_REASONS.filter((reason) => before.drops[reason] ?? next.drops[reason]);
  return {
    first: before.first + surplus,
    sessions: join(before.sessions, next.sessions),
    labelled: join(before.labelled, next.labelled),
    waiting: join(before.waiting, next.waiting),
    workers: join(before.workers, next.workers),
    memoryBytes: join(before.memoryBytes, next.memoryBytes),
    ages: {
      queue: agesOf('queue'),
      decode: agesOf('decode'),
      infer: agesOf('infer'),
      server: agesOf('server'),
    },
    drops: Object.fromEntries(
      reasons.map((reason) => [
        reason,
        join(before.drops[reason] ?? zeros(counts[0]), next.drops[reason] ?? zeros(counts[1])),
      ]),
    ),
  };
}

/** Mean of the last samples: one alone jumps too much to be read. */
export function recentMean(values: readonly (number | null)[], count = 5): number | undefined {
  const known = values.slice(-count).filter((value) => value !== null);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
