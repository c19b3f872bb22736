import { fieldsOf } from './meCardFields.ts';

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
  const name = fields?.get('S')?.[0];
  if (fields === undefined || name === undefined) return undefined;
  const security = fields.get('T')?.[0];
  return {
    name,
    password: fields.get('P')?.[0],
    security: security === undefined || /^nopass$/i.test(security) ? undefined : security.toUpperCase(),
    isHidden: /^true$/i.test(fields.get('H')?.[0] ?? ''),
  };
}
