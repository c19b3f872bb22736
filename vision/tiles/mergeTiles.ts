import { type Box, iou, shareOfSmaller } from '../geometry.ts';
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
  for (const { label, box, score } of scored) {
    const same = kept.filter((one) => one.label === label);
    if (same.some((one) => iou(one.box, box) > DUPLICATE_IOU)) continue;
    const isPart = same.some((one) => shareOfSmaller(one.box, box) > CONTAINED_SHARE);
    kept.push({ label, box, score: isPart ? score * DOUBTFUL : score });
  }
  return kept.toSorted((a, b) => b.score - a.score);
}

/** One thing, as one or several views saw it. */
interface Cluster {
  readonly label: string;
  /** Mean of the members', by the squares of their scores. */
  readonly box: Box;
  readonly members: readonly Member[];
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
    .toSorted((a, b) => b.detection.score - a.detection.score);
  const clusters: Cluster[] = [];
  for (const member of members) {
    const { label, box } = member.detection;
    let [at, most] = [-1, SAME_THING_IOU];
    for (const [index, candidate] of clusters.entries()) {
      const overlap = candidate.label === label ? iou(candidate.box, box) : 0;
      if (overlap > most) [at, most] = [index, overlap];
    }
    const all = [...(clusters[at]?.members ?? []), member];
    if (at < 0) clusters.push({ label, box, members: all });
    else clusters[at] = { label, box: meanBox(all), members: all };
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
