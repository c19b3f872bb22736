import assert from 'node:assert/strict';
import test from 'node:test';
import { codeName } from '../../vision/codes/codeName.ts';
import { actionsFor } from './actionsFor.ts';

const vCard = (version: string, ...lines: string[]) =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD'].join('\r\n');

/** What is read over a code must be what its action saves, in all the ways in which names are written. */
const FORMS: readonly (readonly [form: string, text: string, name: string])[] = [
  ['an escaped comma', vCard('3.0', 'N:Doe\\, Jr.;Jane;;;'), 'Jane Doe, Jr.'],
  ['an escaped semicolon', vCard('3.0', 'FN:Doe\\; Sons'), 'Doe; Sons'],
  ['a semicolon that is not escaped', vCard('4.0', 'FN:Doe; Sons'), 'Doe;Sons'],
  ['an escaped backslash before an n', vCard('3.0', 'FN:Jane\\\\nDoe'), 'Jane\\nDoe'],
  ['an escaped backslash before a divider', vCard('3.0', 'N:Doe\\\\;Jane;;;'), 'Jane Doe\\'],
  ['a line break within a name', vCard('3.0', 'FN:Jane\\nDoe'), 'Jane Doe'],
  ['a folded line', vCard('3.0', 'FN:Jane D', ' oe'), 'Jane Doe'],
  ['a folded line with a tab', vCard('4.0', 'FN:Jane ', '\tDoe'), 'Jane Doe'],
  ['a folded line of vCard 2.1, whose space stays', vCard('2.1', 'FN:Jane', ' Doe'), 'Jane Doe'],
  ['a group and parameters', vCard('4.0', 'item1.fn;LANGUAGE=en;PREF=1:Jane Doe'), 'Jane Doe'],
  ['a colon in a quoted parameter', vCard('4.0', 'FN;X-SOURCE="http://a.example":Jane Doe'), 'Jane Doe'],
  ['an empty full name', vCard('3.0', 'FN:', 'N:Doe;Jane;;;'), 'Jane Doe'],
  ['a name of parts that are all empty', vCard('3.0', 'N:;;;;', 'ORG:Doe\\, Inc.;Sales'), 'Doe, Inc.'],
  ['an organisation alone', vCard('4.0', 'ORG:Doe Ltd'), 'Doe Ltd'],
  ['a number alone', vCard('3.0', 'TEL;TYPE=CELL:+4930123456'), '+4930123456'],
  ['a Chinese name of two parts', vCard('3.0', 'N:王;小明;;;'), '王小明'],
  ['lines that end with a line feed alone', 'BEGIN:VCARD\nVERSION:3.0\nFN:Jane Doe\nEND:VCARD', 'Jane Doe'],
  [
    'quoted-printable in UTF-8',
    vCard('2.1', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=E6=98=8E;;;'),
    '王小明',
  ],
  [
    'quoted-printable that goes on in the next line',
    vCard('2.1', 'FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=BCrgen M=C3=', '=BCller'),
    'Jürgen Müller',
  ],
  ['quoted-printable in GBK', vCard('2.1', 'FN;QUOTED-PRINTABLE;CHARSET=GBK:=CD=F5=D0=A1=C3=F7'), '王小明'],
  [
    'quoted-printable in Shift JIS, of which a letter is half a character',
    vCard('2.1', 'FN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=83A=83=8A'),
    'アリ',
  ],
  [
    'quoted-printable in Latin 1',
    vCard('2.1', 'N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=FCrgen'),
    'Jürgen Müller',
  ],
  [
    'quoted-printable without a character set',
    vCard('2.1', 'FN;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen'),
    'Jürgen',
  ],
  [
    'an encoded semicolon, which divides nothing',
    vCard('2.1', 'N;ENCODING=QUOTED-PRINTABLE:Doe=3B Sons;Jane'),
    'Jane Doe; Sons',
  ],
  ['MECARD', 'MECARD:N:Doe,Jane;TEL:+4930123456;;', 'Jane Doe'],
  ['an escaped comma of a MECARD', 'MECARD:N:Doe\\, Inc.;TEL:+4930123456;;', 'Doe, Inc.'],
  ['an escaped colon of a MECARD', 'MECARD:N:Doe\\: Sons,Jane;;', 'Jane Doe: Sons'],
  ['a MECARD of one name', 'MECARD:N:Jane;;', 'Jane'],
  ['a MECARD of an organisation', 'MECARD:ORG:Doe Ltd;TEL:+4930123456;;', 'Doe Ltd'],
  ['a Japanese MECARD', 'MECARD:N:山田,太郎;SOUND:ヤマダ,タロウ;;', '山田太郎'],
  ['a MECARD in small letters', 'mecard:n:Doe,Jane;;', 'Jane Doe'],
  ['a network', 'WIFI:T:WPA;S:Home;P:secret;;', 'Home'],
  ['a network in quotes', 'WIFI:T:WPA;S:"cafe42";P:"12345678";;', 'cafe42'],
  ['quotes that belong to the name', 'WIFI:T:WPA;S:\\"Home\\";P:secret;;', '"Home"'],
  ['escaped signs of a network', 'WIFI:S:Caf\\;e\\:\\\\;P:S\\:x;T:WPA;;', 'Caf;e:\\'],
  ['a password that looks like a name', 'WIFI:P:x\\;S:fake;S:Home;T:WPA;;', 'Home'],
  [
    'an event',
    'BEGIN:VEVENT\nSUMMARY;LANGUAGE=en:Concert\\, la\n te\nDTSTART:20261224\nEND:VEVENT',
    'Concert, late',
  ],
];

for (const [form, text, name] of FORMS) {
  test(`a code and its action have the same name: ${form}`, () => {
    assert.equal(codeName(text), name);
    const named = actionsFor({ text, format: 'QRCode' }, () => '').flatMap((action) => {
      if (action.kind === 'wifi') return [action.network.name];
      return action.kind === 'contact' || action.kind === 'event' ? [action.name] : [];
    });
    assert.deepEqual(named, [name]);
  });
}

test('quotes around a password are none of it', () => {
  const [wifi] = actionsFor({ text: 'WIFI:T:WPA;S:"cafe42";P:"12345678";;', format: 'QRCode' }, () => '');
  assert.ok(wifi?.kind === 'wifi');
  assert.equal(wifi.network.password, '12345678');
});
