import { type Box, iou } from './geometry.ts';
import { HOLD_MS } from './tracker.ts';

/** A thing, or a name of the whole picture, as its source shows it. */
interface Thing {
  readonly id: number;
  readonly label: string;
  /** Absent where it names the whole picture. */
  readonly box?: Box | undefined;
}

/** What one model of one source saw in one frame. */
interface Seen<T extends Thing> {
  /** Who gave these ids: the server or the device, in one session of it. A source never gives an id twice. */
  readonly source: string;
  /** Which of the source's models: 0 is the primary one. */
  readonly modelIndex: number;
  /** Each with an id of its own. */
  readonly labels: readonly T[];
  readonly capturedAtMs: number;
}

/** The ids that are shown: a value, to be kept by the caller and passed to the next `handOver`. */
export interface HandoverState<T extends Thing = Thing> {
  readonly nextId: number;
  /** By the model's index. */
  readonly histories: ReadonlyMap<number, SourceHistory<T>>;
}

/** What one model has shown, and of which source. */
interface SourceHistory<T extends Thing> {
  readonly source: string;
  /** By the source's id: the id that is shown for it, and when it was last seen. */
  readonly ids: ReadonlyMap<number, { readonly shown: number; readonly seenAtMs: number }>;
  /** What the last labels showed, under the ids that are shown. */
  readonly last: readonly T[];
  readonly lastAtMs: number;
  /** What an earlier source showed and this one has not seen yet. */
  readonly lost: readonly Lost<T>[];
}

interface Lost<T extends Thing> {
  readonly thing: T;
  readonly seenAtMs: number;
  readonly heldUntilMs: number;
}

export const EMPTY_HANDOVER: HandoverState<never> = { nextId: 1, histories: new Map() };

/** Overlap from which two sources mean the same thing: they saw other frames, so it may have moved. */
const MIN_IOU = 0.3;
/**
 * A thing that was last seen longer ago is another one, ms. Longer than a silent server is waited for (three age bounds of a
 * second at most), and the first answer of the device after it.
 */
const REMEMBER_MS = 4_000;
/** Time after which an id is forgotten, ms. No tracker gives an id back after this time; at worst a thing gets a new id. */
const FORGET_MS = 60_000;

/**
 * Keeps the ids of things through a change of the source: from the server to the device and back, or from one session to
 * another. A thing that the new source sees for the first time soon after the change is the one of the same label that was
 * shown at the same place, best overlap first. All others get ids that were never given before.
 *
 * @returns the labels under the ids to show
 */
export function handOver<T extends Thing>(
  state: HandoverState<T>,
  { source, modelIndex, labels, capturedAtMs }: Seen<T>,
): { state: HandoverState<T>; labels: readonly T[] } {
  const before = state.histories.get(modelIndex);
  const isSame = before?.source === source;
  const ids = new Map(isSame ? before.ids : []);
  const lost = (isSame ? before.lost : losses(before, capturedAtMs)).filter(
    ({ seenAtMs }) => capturedAtMs - seenAtMs <= REMEMBER_MS,
  );

  const unknown = labels.filter(({ id }) => !ids.has(id));
  const found = match(unknown, lost);
  let { nextId } = state;
  const shown = labels.map((label) => {
    const id = ids.get(label.id)?.shown ?? found.get(label)?.thing.id ?? nextId++;
    ids.set(label.id, { shown: id, seenAtMs: capturedAtMs });
    return { ...label, id };
  });
  for (const [id, { seenAtMs }] of ids) if (capturedAtMs - seenAtMs > FORGET_MS) ids.delete(id);

  const claimed = new Set(found.values());
  const stillLost = lost.filter((one) => !claimed.has(one));
  const held = stillLost
    .filter(({ heldUntilMs, thing }) => capturedAtMs < heldUntilMs && !isReplaced(thing, labels))
    .map(({ thing }) => thing);
  const after: SourceHistory<T> = { source, ids, last: shown, lastAtMs: capturedAtMs, lost: stillLost };
  return {
    state: { nextId, histories: new Map(state.histories).set(modelIndex, after) },
    labels: [...shown, ...held],
  };
}

/** What the previous source has shown, once another one follows: it stays while the tracker of that one waits for a second frame. */
function losses<T extends Thing>(before: SourceHistory<T> | undefined, nowMs: number): readonly Lost<T>[] {
  if (before === undefined) return [];
  const { last, lastAtMs, lost } = before;
  return [...last.map((thing) => ({ thing, seenAtMs: lastAtMs, heldUntilMs: nowMs + HOLD_MS })), ...lost];
}

/** Pairs labels with lost things, best pair first. */
function match<T extends Thing>(labels: readonly T[], lost: readonly Lost<T>[]): Map<T, Lost<T>> {
  const pairs = labels
    .flatMap((label) => lost.map((one) => ({ label, one, likeness: likeness(label, one.thing) })))
    .filter(({ likeness }) => likeness >= MIN_IOU)
    .sort((a, b) => b.likeness - a.likeness);
  const found = new Map<T, Lost<T>>();
  const claimed = new Set<Lost<T>>();
  for (const { label, one } of pairs) {
    if (found.has(label) || claimed.has(one)) continue;
    found.set(label, one);
    claimed.add(one);
  }
  return found;
}

/** 0..1; names of the whole picture are alike when they are equal. */
function likeness(a: Thing, b: Thing): number {
  if (a.label !== b.label) return 0;
  if (a.box === undefined || b.box === undefined) return a.box === b.box ? 1 : 0;
  return iou(a.box, b.box);
}

/** Whether something else is seen where it was; names of the whole picture stand for all of it. */
function isReplaced({ box }: Thing, labels: readonly Thing[]): boolean {
  if (box === undefined) return labels.some((other) => other.box === undefined);
  return labels.some((other) => other.box !== undefined && iou(box, other.box) >= MIN_IOU);
}
