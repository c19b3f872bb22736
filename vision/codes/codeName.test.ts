import assert from 'node:assert/strict';
import test from 'node:test';
import { codeName } from './codeName.ts';

const NAMES: readonly (readonly [text: string, name: string])[] = [
  ['https://example.com/', 'example.com'],
  ['https://example.com/menu?table=7', 'example.com/menu?table=7'],
  ['https://bank.example@evil.example/login', 'evil.example/login'],
  ['WIFI:T:WPA;S:Garden\\; Cafe;P:secret;;', 'Garden; Cafe'],
  ['WIFI:P:secret;S:Home;;', 'Home'],
  ['BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nFN:Jane Doe\nEND:VCARD', 'Jane Doe'],
  ['BEGIN:VCARD\nVERSION:2.1\nNOTE:Friend\nN:Doe;Jane;;;\nEND:VCARD', 'Jane Doe'],
  ['BEGIN:VCARD\r\nVERSION:3.0\r\nitem1.FN:Doe Ltd\\, Berlin\r\nEND:VCARD', 'Doe Ltd, Berlin'],
  ['MECARD:N:Doe,Jane;TEL:+4930123456;;', 'Jane Doe'],
  ['MECARD:N:Doe\\, Inc.;TEL:+4930123456;;', 'Doe, Inc.'],
  ['MECARD:TEL:+4930123456;;', '+4930123456'],
  ['MECARD:NOTE:Friend;;', 'MECARD:NOTE:Friend;;'],
  ['BEGIN:VEVENT\nSUMMARY:Concert\nDTSTART:20261224\nEND:VEVENT', 'Concert'],
  ['0109501101530003\u001d21A', '0109501101530003 21A'],
  ['two\nlines', 'two lines'],
  ['gpj.\u202eexe', 'gpj.exe'],
  ['x'.repeat(100), `${'x'.repeat(79)}…`],
];

for (const [text, name] of NAMES) {
  test(`over ${JSON.stringify(text.slice(0, 30))} stands ${name.slice(0, 30)}`, () =>
    assert.equal(codeName(text), name));
}
