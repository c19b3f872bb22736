import * as v from 'valibot';

/**
 * The versions of one model in the order in which they became live, newest last. Pure: lists in, lists out; `store.ts`
 * reads and writes them.
 */
export type History = readonly HistoryEntry[];

export const HistoryEntry = v.object({
  version: v.string(),
  /** When it became live, ISO 8601. */
  at: v.string(),
  /** Below `versions/`. */
  folder: v.string(),
  /** Someone rolled back from it; a further rollback leads here only when it is named. */
  isSetAside: v.optional(v.boolean()),
  /** No server has said yet that it serves well. */
  onTrial: v.optional(v.boolean()),
});
export type HistoryEntry = v.InferOutput<typeof HistoryEntry>;

/** A step back: the version that becomes live, and the history after it. */
export interface StepBack {
  readonly target: HistoryEntry;
  readonly entries: History;
}

/** Number of versions that are kept in addition to the live one. */
const KEPT_VERSIONS = 5;

const isStep = ({ isSetAside }: HistoryEntry): boolean => isSetAside !== true;

/** The versions that a rollback may lead to without being named, and the live one. */
export const steps = (entries: History): HistoryEntry[] => entries.filter(isStep);

/** The live version. */
export const currentOf = (entries: History): HistoryEntry | undefined => entries.findLast(isStep);

export const onTrialOf = (entries: History, version?: string): HistoryEntry | undefined =>
  entries.find((entry) => entry.onTrial === true && (version === undefined || entry.version === version));

/** For people: newest first, those that were set aside at the end. */
export const newestFirst = (entries: History): HistoryEntry[] => [
  ...steps(entries).reverse(),
  ...entries.filter((entry) => !isStep(entry)).reverse(),
];

/**
 * What was noted, made to agree with what is live. The manifest is what counts: a process may have been killed between
 * writing it and writing the history, and people edit folders.
 */
export function reconcile(noted: History, live: HistoryEntry | undefined): History {
  const isLive = ({ version, folder }: HistoryEntry) => version === live?.version && folder === live.folder;
  // Not live yet when a kill came, or replaced by something else: it was never proven.
  const entries = noted.filter((entry) => entry.onTrial !== true || live === undefined || isLive(entry));
  if (live === undefined) return entries;
  const last = currentOf(entries);
  if (last !== undefined && isLive(last)) return entries;
  return [...entries.filter(({ version }) => version !== live.version), live];
}

/** A version became live, not on trial; an earlier entry of the same version gives way. */
export const activated = (entries: History, { onTrial: _, ...entry }: HistoryEntry): History => [
  ...entries.filter(({ version }) => version !== entry.version),
  entry,
];

/** A version is about to be tried; everything earlier stays until it is confirmed. */
export const tried = (entries: History, entry: HistoryEntry): History => [
  ...entries,
  { ...entry, onTrial: true },
];

/** As if the live version had never been, or, with `keep`, as if it had been set aside. Undefined where nothing else can be live. */
export function undone(
  entries: History,
  isReadable: (entry: HistoryEntry) => boolean,
  { before, keep }: { before: string | undefined; keep: boolean },
): StepBack | undefined {
  const current = currentOf(entries);
  const others = entries.filter((entry) => entry !== current && isReadable(entry));
  const target = others.find(({ version }) => version === before) ?? currentOf(others);
  if (target === undefined) return undefined;
  const left = without(others, target);
  return stepTo(target, keep && current ? [...left, { ...current, isSetAside: true }] : left, target.at);
}

/** One step back; what was live is set aside, so that the next step goes further. Undefined where there is none. */
export function rolledBack(entries: History): StepBack | undefined {
  const current = currentOf(entries);
  const others = without(entries, current);
  const target = currentOf(others);
  if (target === undefined) return undefined;
  const left = without(others, target);
  return stepTo(target, current ? [...left, { ...current, isSetAside: true }] : left, target.at);
}

/** To the version that is named; what was live stays a step. Undefined where it is not kept, or is live. */
export function rolledBackTo(entries: History, version: string, at: string): StepBack | undefined {
  const current = currentOf(entries);
  const target = without(entries, current).find((entry) => entry.version === version);
  if (target === undefined) return undefined;
  const left = without(without(entries, current), target);
  return stepTo(target, current ? [...left, current] : left, at);
}

/** The entries that are kept: the live one and the newest of the others. */
export function pruned(entries: History, liveFolder: string | undefined): History {
  const isLive = ({ folder }: HistoryEntry) => folder === liveFolder;
  const newest = entries.filter((entry) => !isLive(entry)).slice(-KEPT_VERSIONS);
  return entries.filter((entry) => isLive(entry) || newest.includes(entry));
}

const without = (entries: History, one: HistoryEntry | undefined) => entries.filter((entry) => entry !== one);

function stepTo(target: HistoryEntry, left: History, at: string): StepBack {
  const { isSetAside: _, ...again } = target;
  return { target, entries: [...left, { ...again, at }] };
}
