import { fieldsOf, unescaped } from './meCard.ts';

export interface WifiNetwork {
  readonly name: string;
  readonly password: string | undefined;
  /** `WPA`, `WEP`, `SAE`, …; undefined of an open network. */
  readonly security: string | undefined;
  readonly isHidden: boolean;
}

/** `WIFI:T:WPA;S:name;P:password;;` @returns undefined where it is none */
export function wifiOf(text: string): WifiNetwork | undefined {
  const fields = fieldsOf(text, 'WIFI');
  const name = plain(fields?.get('S')?.[0]);
  if (fields === undefined || name === undefined) return undefined;
  const security = plain(fields.get('T')?.[0]);
  return {
    name,
    password: plain(fields.get('P')?.[0]),
    security: security === undefined || /^nopass$/i.test(security) ? undefined : security.toUpperCase(),
    isHidden: /^true$/i.test(fields.get('H')?.[0] ?? ''),
  };
}

/** A value that could be taken for a hexadecimal number stands in quotes; quotes that belong to it have a backslash. */
const plain = (value: string | undefined): string | undefined =>
  (value && unescaped(/^"(.*)"$/s.exec(value)?.[1] ?? value)) || undefined;
