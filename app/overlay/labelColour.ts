import type { Label } from '../../protocol/messages.ts';

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

/** The colour of a track: the same for as long as the track lives. */
export function labelColour(trackId: number): string {
  const index = Math.abs(Math.trunc(trackId)) % PALETTE.length;
  return PALETTE[index] ?? PALETTE[0];
}

/** The colour of a label: that of its track, and one for all codes. */
export const colourOf = ({ id, format }: Pick<Label, 'id' | 'format'>): string =>
  format === undefined ? labelColour(id) : CODE_COLOUR;
