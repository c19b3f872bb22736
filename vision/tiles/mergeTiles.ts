import { type Box, iou, sharedArea } from '../geometry.ts';
import type { Detection } from '../tracker.ts';

type BoxedDetection = Detection & { readonly box: Box };

/** What a detector saw of a part of a picture. */
export interface View {
  /** In 0..1 of the picture. */
  readonly part: Box;
  readonly isMirrored: boolean;
  /** Boxes in 0..1 of the picture. */
  readonly detections: readonly BoxedDetection[];
}

/**
 * Boxes that are merged at most, the best of all views: the time grows with the square of those of one label. COCO-SSD finds up
 * to 40 in a view, of which there are twelve at most.
 */
const MAX_BOXES = 600;
/** Boxes of one label in several views that overlap more than this are of one thing. */
const SAME_THING_IOU = 0.65;
/** Nearer to an inner edge of a view than this share of its side, a box is cut off there. */
const EDGE = 0.01;
/** How much the views' agreement counts in a score; the rest is the best view's score. */
const AGREEMENT = 0.65;
/** A view that misses a thing counts in full where the thing's side is this share of the view's, and less where it is smaller. */
const VISIBLE_SHARE = 0.2;
/** A weaker box of the same label that overlaps more than this is the same thing after all. */
const DUPLICATE_IOU = 0.5;
/** A weaker box of the same label that lies in another one by this share of the smaller is probably a part of it. */
const CONTAINED_SHARE = 0.9;
/** A name that only mirrored views give, where others give another one by this overlap, may be that of its mirror image. */
const CONTRADICTED_IOU = 0.6;
/** What is left of the score of a doubtful box. */
const DOUBTFUL = 0.5;

/**
 * Merges what a detector saw of a picture and of its parts.
 *
 * Boxes that a view cuts off are left out: its neighbour or the whole shows them. Those of one thing become one by weighted boxes
 * fusion (Solovyev et al. 2021, https://arxiv.org/abs/1910.13302). Its score is lower where views that show it in whole, and large
 * enough, do not find it. So a part of a large thing that looks like something else in a tile is outvoted by the whole, and
 * a small thing that the whole cannot show is not.
 * @returns best first, boxes in 0..1 of the picture
 */
export function mergeTiles(views: readonly View[]): BoxedDetection[] {
  const clusters = cluster(views);
  const scored = clusters
    .map((one) => ({
      ...one,
      score: scoreOf(one, views) * (isContradicted(one, clusters, views) ? DOUBTFUL : 1),
    }))
    .toSorted((a, b) => b.score - a.score);
  const kept: BoxedDetection[] = [];
  const byLabel = new Map<string, BoxedDetection[]>();
  for (const { label, box, score } of scored) {
    const same = listOf(byLabel, label);
    const overlap = worstOverlap(box, same);
    if (overlap === 'duplicate') continue;
    const one = { label, box, score: overlap === 'part' ? score * DOUBTFUL : score };
    same.push(one);
    kept.push(one);
  }
  return kept.toSorted((a, b) => b.score - a.score);
}

/** What a box is next to better ones of its label. */
function worstOverlap(box: Box, better: readonly BoxedDetection[]): 'duplicate' | 'part' | undefined {
  const area = box[2] * box[3];
  let isPart = false;
  for (const { box: other } of better) {
    const shared = sharedArea(other, box);
    if (shared === 0) continue;
    const otherArea = other[2] * other[3];
    if (shared / (area + otherArea - shared) > DUPLICATE_IOU) return 'duplicate';
    isPart ||= shared / Math.min(area, otherArea) > CONTAINED_SHARE;
  }
  return isPart ? 'part' : undefined;
}

function listOf<Item>(lists: Map<string, Item[]>, name: string): Item[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

/** One thing, as one or several views saw it. */
interface Cluster {
  readonly label: string;
  /** Mean of the members', by the squares of their scores. */
  box: Box;
  readonly members: Member[];
}
interface Member {
  readonly detection: BoxedDetection;
  /** Index of its view. */
  readonly view: number;
}

function cluster(views: readonly View[]): Cluster[] {
  const members = views
    .flatMap(({ part, detections }, view) =>
      detections.filter(({ box }) => !isCut(box, part)).map((detection): Member => ({ detection, view })),
    )
    .toSorted((a, b) => b.detection.score - a.detection.score)
    .slice(0, MAX_BOXES);
  const byLabel = new Map<string, Cluster[]>();
  const clusters: Cluster[] = [];
  for (const member of members) {
    const { label, box } = member.detection;
    const same = listOf(byLabel, label);
    let [nearest, most]: [Cluster | undefined, number] = [undefined, SAME_THING_IOU];
    for (const candidate of same) {
      const overlap = iou(candidate.box, box);
      if (overlap > most) [nearest, most] = [candidate, overlap];
    }
    if (nearest) {
      nearest.members.push(member);
      nearest.box = meanBox(nearest.members);
    } else {
      const begun = { label, box, members: [member] };
      same.push(begun);
      clusters.push(begun);
    }
  }
  return clusters;
}

/** Whether it ends at an edge of the view that is none of the picture. */
function isCut(box: Box, part: Box): boolean {
  return [0, 1].some((axis) => {
    const [start = 0, length = 0] = [part[axis], part[axis + 2]];
    const [from = 0, size = 0] = [box[axis], box[axis + 2]];
    const margin = EDGE * length;
    const startsInside = start > margin;
    const endsInside = start + length < 1 - margin;
    return (startsInside && from < start + margin) || (endsInside && from + size > start + length - margin);
  });
}

function meanBox(members: readonly Member[]): Box {
  let [left, top, right, bottom, sum] = [0, 0, 0, 0, 0];
  for (const { detection } of members) {
    const [x, y, width, height] = detection.box;
    const weight = detection.score ** 2;
    left += x * weight;
    top += y * weight;
    right += (x + width) * weight;
    bottom += (y + height) * weight;
    sum += weight;
  }
  if (sum === 0) return members[0]?.detection.box ?? [0, 0, 0, 0];
  return [left / sum, top / sum, (right - left) / sum, (bottom - top) / sum];
}

function scoreOf({ box, members }: Cluster, views: readonly View[]): number {
  let [best, sum, weights] = [0, 0, 0];
  for (const [index, { part }] of views.entries()) {
    const scores = members.filter(({ view }) => view === index).map(({ detection }) => detection.score);
    if (scores.length > 0) {
      const score = Math.max(...scores);
      best = Math.max(best, score);
      sum += score;
      weights += 1;
    } else if (shows(part, box)) {
      const share = Math.sqrt((box[2] * box[3]) / (part[2] * part[3]));
      weights += Math.min(1, share / VISIBLE_SHARE);
    }
  }
  return (1 - AGREEMENT) * best + (AGREEMENT * sum) / weights;
}

/** Whether all of the box lies in the part, but for what rounding takes. */
function shows(part: Box, box: Box): boolean {
  return [0, 1].every((axis) => {
    const [start = 0, length = 0] = [part[axis], part[axis + 2]];
    const [from = 0, size = 0] = [box[axis], box[axis + 2]];
    return from >= start - EDGE && from + size <= start + length + EDGE;
  });
}

function isContradicted(one: Cluster, all: readonly Cluster[], views: readonly View[]): boolean {
  const isOnlyMirrored = ({ members }: Cluster) => members.every(({ view }) => views[view]?.isMirrored);
  return (
    isOnlyMirrored(one) &&
    all.some(
      (other) =>
        other.label !== one.label && !isOnlyMirrored(other) && iou(other.box, one.box) > CONTRADICTED_IOU,
    )
  );
}
