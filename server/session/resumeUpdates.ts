import type { Ids, Shown } from '../../vision/labelTracker.ts';
import { round, roundBox } from '../../vision/toLabel.ts';
import type { ResumeTokens } from './resumeToken.ts';
import type { ModelTracker } from './selectedModels.ts';

/** Minimum time between two resume tokens of a session, ms: while the same things are in sight, and when others are. */
const REFRESH_MS = 2_000;
const CHANGE_MS = 500;

/** The resume tokens of one session. */
export interface ResumeUpdates {
  /** A token for what the session shows now. */
  token(session: string, tracker: ModelTracker): string;
  /** A new token when other things are in sight, and now and then while they move; else undefined. */
  tokenIfDue(session: string, tracker: ModelTracker, shown: readonly Shown[]): string | undefined;
}

export function createResumeUpdates(tokens: ResumeTokens, ids: Ids, nowMs: () => number): ResumeUpdates {
  let last = { atMs: Number.NEGATIVE_INFINITY, shownIds: '' };

  const token: ResumeUpdates['token'] = (session, { model, minScore, shown }) =>
    tokens.issue({
      session,
      model: model.manifest.id,
      minScore,
      nextId: ids.next,
      things: shown.flatMap(({ id, label, score, box }) => {
        if (box === undefined) return [];
        return [{ id, label, score: round(score, 3), box: roundBox(box) }];
      }),
    });

  return {
    token,
    tokenIfDue(session, tracker, shown) {
      const shownIds = shown.map(({ id }) => id).join();
      const ageMs = nowMs() - last.atMs;
      if (ageMs < (shownIds === last.shownIds ? REFRESH_MS : CHANGE_MS) || shownIds === '') return undefined;
      last = { atMs: nowMs(), shownIds };
      return token(session, tracker);
    },
  };
}
