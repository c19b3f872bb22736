import type { Label } from '../../protocol/messages.ts';
import { MAX_LABELS_BYTES, MAX_RELAYED_LABELS, type RelayedLabels } from '../../protocol/relay.ts';
import type { Box } from '../../vision/geometry.ts';

/** A label as it stands on the picture of this camera now. */
export interface LabelOnPicture {
  readonly label: Label;
  /** In 0..1 of the picture; undefined for a label that names the whole picture. */
  readonly box: Box | undefined;
  readonly leaving: boolean;
}

/** The surest labels, as many as a relayed picture may have. */
export function toRelayedLabels(shown: readonly LabelOnPicture[]): RelayedLabels {
  const labels = shown
    // What a code holds stays on this device: it may be a password.
    .filter(({ label, leaving }) => !leaving && label.format === undefined)
    .sort((a, b) => b.label.score - a.label.score)
    .slice(0, MAX_RELAYED_LABELS)
    .map(({ label: { id, label, score, text }, box }) => ({
      id,
      label: label.slice(0, 200),
      score: rounded(score),
      ...(box && { box: rounded4(box) }),
      ...(text !== undefined && { text: text.slice(0, 500) }),
    }));
  const end = labels.findIndex(exceeds(MAX_LABELS_BYTES));
  // Long texts of many things: what is left out is least sure.
  return end < 0 ? labels : labels.slice(0, end);
}

/** Whether a list in JSON is longer than `maxBytes` once it has this label, too: asked of its labels one after the other. */
function exceeds(maxBytes: number): (label: RelayedLabels[number]) => boolean {
  const encoder = new TextEncoder();
  let bytes = '['.length;
  return (label) => {
    bytes += encoder.encode(JSON.stringify(label)).byteLength + ','.length;
    return bytes > maxBytes;
  };
}

const rounded = (share: number) => Math.min(1, Math.max(0, Math.round(share * 1e4) / 1e4));
const rounded4 = ([x, y, width, height]: Box): [number, number, number, number] => [
  rounded(x),
  rounded(y),
  rounded(width),
  rounded(height),
];
