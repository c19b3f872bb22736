import type { ActionFile } from './action.ts';
import { fieldsOf } from './meCardFields.ts';

export interface Contact {
  readonly name: string;
  /** A vCard. */
  readonly file: ActionFile;
}

/** A vCard, or a MECARD made into one. @returns undefined where the text is neither */
export function contactOf(text: string): Contact | undefined {
  const card = vCardIn(text) ?? vCardOfMeCard(text);
  if (card === undefined) return undefined;
  const name = nameIn(card);
  return { name, file: { name: `${fileName(name)}.vcf`, type: 'text/vcard', content: card } };
}

const vCardIn = (text: string) => {
  const card = /BEGIN:VCARD[\s\S]*END:VCARD/i.exec(text)?.[0];
  return card === undefined ? undefined : `${card.replaceAll(/\r?\n|\r/g, '\r\n')}\r\n`;
};

function nameIn(card: string): string {
  const lines = card.replaceAll(/\r\n[ \t]/g, '').split('\r\n');
  const value = (field: string) =>
    lines.find((line) => new RegExp(`^(item\\d+\\.)?${field}[;:]`, 'i').test(line))?.replace(/^[^:]*:/, '') ??
    '';
  const full = unescaped(value('FN'));
  if (full !== '') return full;
  const [family = '', given = ''] = value('N')
    .split(/(?<!\\);/)
    .map(unescaped);
  return `${given} ${family}`.trim() || unescaped(value('ORG'));
}

const unescaped = (value: string) => value.replaceAll(/\\n/gi, ' ').replaceAll(/\\(.)/g, '$1').trim();
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

function vCardOfMeCard(text: string): string | undefined {
  const fields = fieldsOf(text, 'MECARD');
  if (fields === undefined) return undefined;
  const [family = '', given = ''] = (fields.get('N')?.[0] ?? '').split(',').map((part) => part.trim());
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:${escaped(family)};${escaped(given)};;;`,
    `FN:${escaped(`${given} ${family}`.trim())}`,
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
