import { lineOf, unfolded } from './contentLines.ts';

export interface VEvent {
  /** Empty where it has none. */
  readonly name: string;
  /** Its lines, each as long as it was before it was folded, from its begin to its end. */
  readonly lines: readonly string[];
}

/** The first event of an iCalendar text, with or without the calendar around it. @returns undefined where there is none */
export function vEventIn(text: string): VEvent | undefined {
  const event = /BEGIN:VEVENT[\s\S]*?END:VEVENT/i.exec(text)?.[0];
  if (event === undefined) return undefined;
  const lines = unfolded(event);
  return { name: lineOf(lines, 'SUMMARY')?.parts.join(';') ?? '', lines };
}
