import * as v from 'valibot';
import { ModelScore } from '../../protocol/score.ts';

/** How good the versions of one model are, by version; `store.ts` reads and writes them. */
export type Scores = Readonly<Record<string, ModelScore>>;

/** Those of versions that are gone stay: a version that comes again is the same. */
const MAX_KEPT = 50;

/** Those that cannot be read, as of a newer server, are left out. */
export function parseScores(text: string): Scores {
  try {
    const all = v.parse(v.record(v.string(), v.unknown()), JSON.parse(text));
    return Object.fromEntries(
      Object.entries(all).flatMap(([version, score]) =>
        v.is(ModelScore, score) ? [[version, score] as const] : [],
      ),
    );
  } catch {
    return {};
  }
}

/** With these, without the oldest where there are too many. */
export function withScores(scores: Scores, measured: Scores): Scores {
  const all = Object.entries({ ...scores, ...measured });
  return Object.fromEntries(all.toSorted(([, a], [, b]) => (a.at < b.at ? 1 : -1)).slice(0, MAX_KEPT));
}
