import type { Label } from '../../protocol/messages.ts';
import type { PointsLayout } from '../../protocol/points.ts';
import { MAX_LABELS_BYTES, MAX_RELAYED_LABELS, type RelayedLabels } from '../../protocol/relay.ts';
import type { Box } from '../../vision/geometry.ts';
import type { Outline } from '../../vision/masks/outline.ts';
import { LEAST_POINT_SCORE, mapPoints, type Points } from '../../vision/points.ts';

/** A label as it stands on the picture of this camera now. */
export interface LabelOnPicture {
  readonly label: Label;
  /** In 0..1 of the picture; undefined for a label that names the whole picture. */
  readonly box: Box | undefined;
  readonly points?: Points | undefined;
  readonly layout?: PointsLayout | undefined;
  readonly outline?: Outline | undefined;
  readonly leaving: boolean;
}

/** The surest labels, as many as a relayed picture may have; what is drawn in addition to their boxes, as far as there is room. */
export function toRelayedLabels(shown: readonly LabelOnPicture[]): RelayedLabels {
  const surest = shown
    // What a code holds stays on this device: it may be a password.
    .filter(({ label, leaving }) => !leaving && label.format === undefined)
    .sort((a, b) => b.label.score - a.label.score)
    .slice(0, MAX_RELAYED_LABELS);
  let leftBytes = MAX_LABELS_BYTES - '[]'.length;
  const labels: RelayedLabels = [];
  for (const { label, box } of surest) {
    const { id, score, text } = label;
    const relayed = {
      id,
      label: label.label.slice(0, 200),
      score: rounded(score),
      ...(box && { box: rounded4(box) }),
      ...(text !== undefined && { text: text.slice(0, 500) }),
    };
    leftBytes -= bytesOf(relayed);
    // Long texts of many things: what is left out is least sure.
    if (leftBytes < 0) break;
    labels.push(relayed);
  }
  return labels.map((relayed, at) => {
    const shape = shapeOf(surest[at]);
    const bytes = bytesOf(shape);
    if (bytes > leftBytes) return relayed;
    leftBytes -= bytes;
    return { ...relayed, ...shape };
  });
}

function shapeOf(
  seen: LabelOnPicture | undefined,
): Pick<RelayedLabels[number], 'outline' | 'points' | 'edges'> {
  const { outline, points, layout } = seen ?? {};
  const minScore = layout?.minScore ?? LEAST_POINT_SCORE;
  const found =
    points && mapPoints(points, (x, y, score) => [rounded(x), rounded(y), score >= minScore ? 1 : 0]);
  const edges = layout?.edges ?? [];
  return {
    ...(outline && { outline: outline.map((ring) => ring.map(rounded)) }),
    ...(found && { points: [...found], ...(edges.length > 0 && { edges }) }),
  };
}

const encoder = new TextEncoder();
/** As part of a list in JSON. */
const bytesOf = (value: object): number => encoder.encode(JSON.stringify(value)).byteLength + ','.length;

const rounded = (share: number) => Math.min(1, Math.max(0, Math.round(share * 1e4) / 1e4));
const rounded4 = ([x, y, width, height]: Box): [number, number, number, number] => [
  rounded(x),
  rounded(y),
  rounded(width),
  rounded(height),
];
