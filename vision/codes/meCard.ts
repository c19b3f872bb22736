import { partsOf } from './contentLines.ts';
import { fullName } from './fullName.ts';

export interface MeCard {
  /** Of the person, else of the organisation, else the first address or number; empty where it has none of them. */
  readonly name: string;
  readonly family: string;
  readonly given: string;
  /** Plain values by the name of their field, in capitals. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** `MECARD:N:Doe,Jane;TEL:+4930123456;;` @returns undefined where it is none */
export function meCardIn(text: string): MeCard | undefined {
  const written = fieldsOf(text, 'MECARD');
  if (written === undefined) return undefined;
  const [family = '', given = ''] = partsOf(written.get('N')?.[0] ?? '', ',').map((part) =>
    unescaped(part).trim(),
  );
  const fields = new Map([...written].map(([name, values]) => [name, values.map(unescaped)]));
  const name =
    fullName(family, given) ||
    ['ORG', 'NICKNAME', 'EMAIL', 'TEL'].map((each) => fields.get(each)?.[0]?.trim()).find(Boolean);
  return { name: name ?? '', family, given, fields };
}

/**
 * The fields of a text like `WIFI:S:name;P:word;;` or `MECARD:N:Doe,Jane;;`, with values as they are written: a field may
 * be there several times, and a backslash stands before a sign that is meant as such.
 * @returns undefined where it does not begin so
 */
export function fieldsOf(text: string, kind: string): Map<string, string[]> | undefined {
  const start = `${kind}:`;
  if (text.slice(0, start.length).toUpperCase() !== start) return undefined;
  const fields = new Map<string, string[]>();
  for (const [, name = '', value = ''] of text
    .slice(start.length)
    .matchAll(/([A-Za-z-]+):((?:\\.|[^;\\])*);?/gs)) {
    const key = name.toUpperCase();
    if (value !== '') fields.set(key, [...(fields.get(key) ?? []), value]);
  }
  return fields;
}

export const unescaped = (value: string): string => value.replaceAll(/\\(.)/gs, '$1');
