import { lineOf, unfolded } from './contentLines.ts';
import { fullName } from './fullName.ts';

export interface VCard {
  /** Of the person, else of the organisation, else the first address or number; empty where it has none of them. */
  readonly name: string;
  /** The card as it is written; each line ends with CR and LF. */
  readonly text: string;
}

/** The vCard in a text, of any version. @returns undefined where there is none */
export function vCardIn(text: string): VCard | undefined {
  const card = /BEGIN:VCARD[\s\S]*END:VCARD/i.exec(text)?.[0];
  if (card === undefined) return undefined;
  const lines = unfolded(card);
  const [family = '', given = ''] = lineOf(lines, 'N')?.parts ?? [];
  const name =
    lineOf(lines, 'FN')?.parts.join(';') ||
    fullName(family, given) ||
    ['ORG', 'NICKNAME', 'EMAIL', 'TEL'].map((each) => lineOf(lines, each)?.parts[0]).find(Boolean);
  return { name: name ?? '', text: `${card.replaceAll(/\r\n|\r|\n/g, '\r\n')}\r\n` };
}
