import { type MeCard, meCardIn } from '../../vision/codes/meCard.ts';
import { vCardIn } from '../../vision/codes/vCard.ts';
import type { ActionFile } from './action.ts';

export interface Contact {
  readonly name: string;
  /** A vCard. */
  readonly file: ActionFile;
}

/** A vCard, or a MECARD made into one. @returns undefined where the text is neither */
export function contactOf(text: string): Contact | undefined {
  const card = vCardIn(text);
  if (card) return { name: card.name, file: cardFile(card.name, card.text) };
  const meCard = meCardIn(text);
  return meCard && { name: meCard.name, file: cardFile(meCard.name, toVCard(meCard)) };
}

const cardFile = (name: string, content: string): ActionFile => ({
  name: `${fileName(name)}.vcf`,
  type: 'text/vcard',
  content,
});

const escaped = (value: string) => value.replaceAll(/([\\;,])/g, '\\$1').replaceAll(/\r?\n/g, '\\n');

/** Fields of a MECARD, and of a vCard. */
const SAME: readonly (readonly [string, string])[] = [
  ['TEL', 'TEL'],
  ['EMAIL', 'EMAIL'],
  ['URL', 'URL'],
  ['NOTE', 'NOTE'],
  ['ORG', 'ORG'],
  ['NICKNAME', 'NICKNAME'],
];

function toVCard({ name, family, given, fields }: MeCard): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:${escaped(family)};${escaped(given)};;;`,
    `FN:${escaped(name)}`,
    ...SAME.flatMap(([from, to]) => (fields.get(from) ?? []).map((value) => `${to}:${escaped(value)}`)),
    ...(fields.get('ADR') ?? []).map((value) => `ADR:;;${escaped(value)};;;;`),
    ...(fields.get('BDAY') ?? []).map((value) => `BDAY:${value}`),
    'END:VCARD',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** What every system takes for a name of a file. */
export const fileName = (name: string): string =>
  name
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .slice(0, 60) || 'livelens';
