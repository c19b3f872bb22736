import type { Outline } from './masks/outline.ts';
import type { Detection } from './tracker.ts';

/** A name that is given to the whole picture; it stays steady while the picture does. */
export interface Name {
  readonly id: number;
  readonly label: string;
  /** Smoothed, 0..1. */
  readonly score: number;
  /** Where in the picture, and how much of it, as the last frame says that saw it; absent where it is all of it. */
  readonly outline?: Outline;
  readonly share?: number;
}

/** What was named lately: a value, to be kept by the caller and passed to the next `nameFrame`. */
export interface NamesState {
  readonly nextId: number;
  readonly atMs: number;
  readonly names: readonly NameState[];
}

interface NameState extends Name {
  readonly shown: boolean;
  /** What it had when it was last sure enough to be shown: a shown name keeps that while it is held. */
  readonly sureScore: number;
  readonly lastSureMs: number;
}

export interface NamesOptions {
  /** A name is shown from this score on, and never with a lower one. */
  minScore: number;
  /** Time for which a shown name stays when its score falls below that, with the score that it had above it, ms. Default 1,000. */
  keepMs?: number;
  /** Names whose score fell farther than this below `minScore` do not. Default 0.1. */
  keepMargin?: number;
  /** How fast scores follow: the time in which they cover 63 % of a change, ms. Default 200. */
  followMs?: number;
  /** Maximum number of names shown. Default 3. */
  maxNames?: number;
}

export const NO_NAMES: NamesState = { nextId: 1, atMs: Number.NEGATIVE_INFINITY, names: [] };

/** A name whose score has faded below this is forgotten, and its id with it. */
const FORGOTTEN_BELOW = 0.01;
/** After a break longer than this, earlier scores no longer count, ms. */
const BREAK_MS = 2_000;

/**
 * Names the picture as it changes: scores are smoothed over time, so that one odd frame shows nothing, and a name
 * that is shown stays for a moment when it falls just below the limit. The first frame, and the first after a break, are
 * believed at once.
 *
 * @param seen the best names of one frame; those that are missing count as 0
 * @param nowMs when the frame was taken; must grow from call to call
 */
export function nameFrame(
  state: NamesState,
  seen: readonly Detection[],
  nowMs: number,
  { minScore, keepMs = 1_000, keepMargin = 0.1, followMs = 200 }: NamesOptions,
): NamesState {
  const passedMs = nowMs - state.atMs;
  const weight = passedMs > BREAK_MS ? 1 : 1 - Math.exp(-passedMs / followMs);
  // Two lines of a labels file may hold the same name; the better score counts.
  const now = new Map<string, number>();
  for (const { label, score } of seen) now.set(label, Math.max(score, now.get(label) ?? 0));
  const parts = new Map(
    seen.flatMap(({ label, outline, share }) => (outline ? [[label, { outline, share }] as const] : [])),
  );
  const known = state.names
    .map((name) => ({
      ...name,
      ...parts.get(name.label),
      score: name.score + weight * ((now.get(name.label) ?? 0) - name.score),
    }))
    .filter(({ score }) => score >= FORGOTTEN_BELOW);
  const labels = new Set(known.map(({ label }) => label));
  let { nextId } = state;
  const begun = [...now]
    .filter(([label, score]) => !labels.has(label) && score * weight >= FORGOTTEN_BELOW)
    .map(([label, score]) => ({
      id: nextId++,
      label,
      ...parts.get(label),
      score: score * weight,
      shown: false,
      sureScore: 0,
      lastSureMs: Number.NEGATIVE_INFINITY,
    }));
  const names = [...known, ...begun].map((name): NameState => {
    if (name.score >= minScore) return { ...name, shown: true, sureScore: name.score, lastSureMs: nowMs };
    const isHeld =
      name.shown &&
      name.sureScore >= minScore &&
      name.score >= minScore - keepMargin &&
      nowMs - name.lastSureMs <= keepMs;
    return { ...name, shown: isHeld };
  });
  return { nextId, atMs: nowMs, names };
}

/** The state after a person raised the limit: names below it disappear immediately. */
export function hideNamesBelow(state: NamesState, minScore: number): NamesState {
  return {
    ...state,
    names: state.names.map((name) => (name.sureScore < minScore ? { ...name, shown: false } : name)),
  };
}

/** The names to show now, best first. */
export function shownNames(state: NamesState, { maxNames = 3 }: Pick<NamesOptions, 'maxNames'> = {}): Name[] {
  return state.names
    .filter(({ shown }) => shown)
    .sort((a, b) => b.sureScore - a.sureScore)
    .slice(0, maxNames)
    .map(({ id, label, sureScore, outline, share }) => ({
      id,
      label,
      score: sureScore,
      ...(outline && { outline }),
      ...(share !== undefined && { share }),
    }));
}
