import type { Label } from '../../protocol/messages.ts';
import { UNKNOWN } from '../../vision/things/unknown.ts';

/**
 * Colours of tracks. All are light enough for the dark text of a chip, `--chip-ink` (contrast at least 7:1, tested) and far
 * enough from each other that tracks next to each other in number do not look alike.
 */
export const PALETTE = [
  '#ffd166',
  '#6fe3ff',
  '#ff9ec7',
  '#9dff8a',
  '#c9b6ff',
  '#ffab7a',
  '#5cf2c8',
  '#ffef5c',
  '#9fc3ff',
  '#ff9a9a',
] as const;

/** Of codes, as in the list of those that were found: what they say is told by their names, not by a colour. */
const CODE_COLOUR = '#9dff8a';

/** Of things that are only seen, and have no name: they stand back behind those that do. */
const UNKNOWN_COLOUR = '#c9ced3';

/** The colour of a track: the same for as long as the track lives. */
export function labelColour(trackId: number): string {
  const index = Math.abs(Math.trunc(trackId)) % PALETTE.length;
  return PALETTE[index] ?? PALETTE[0];
}

/** The colour of a label: that of its track; one for all codes, and one for all that is unknown. */
export function colourOf({ id, label, format }: Pick<Label, 'id' | 'label' | 'format'>): string {
  if (format !== undefined) return CODE_COLOUR;
  return label === UNKNOWN ? UNKNOWN_COLOUR : labelColour(id);
}
