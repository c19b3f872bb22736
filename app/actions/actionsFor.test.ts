import assert from 'node:assert/strict';
import test from 'node:test';
import type { Action } from './action.ts';
import { actionsFor } from './actionsFor.ts';

const searchUrl = (text: string) => `https://search.example/?q=${encodeURIComponent(text)}`;
const of = (text: string, format?: string) => actionsFor({ text, format }, searchUrl);
const kinds = (text: string, format?: string) => of(text, format).map(({ kind }) => kind);
function only<K extends Action['kind']>(
  text: string,
  kind: K,
  format?: string,
): Extract<Action, { kind: K }> {
  const found = of(text, format).filter(
    (action): action is Extract<Action, { kind: K }> => action.kind === kind,
  );
  assert.equal(found.length, 1, `${text}: ${JSON.stringify(of(text, format))}`);
  const [action] = found;
  assert.ok(action);
  return action;
}

test('everything can be copied, whole: a line of text first, a code last', () => {
  for (const text of ['hello', 'https://a.example', 'WIFI:S:x;;', '4006381333931']) {
    assert.deepEqual(of(text)[0], { kind: 'copy', text });
    assert.deepEqual(of(text, 'QRCode').at(-1), { kind: 'copy', text });
  }
  assert.deepEqual(kinds('Nothing special here.'), ['copy']);
});

test('links show the host that they lead to', () => {
  const hosts: readonly [text: string, host: string, ...warnings: string[]][] = [
    ['https://example.com/a?b=c', 'example.com'],
    ['HTTPS://EXAMPLE.COM/A', 'example.com'],
    ['See https://example.com/a.', 'example.com'],
    ['(https://example.com/a)', 'example.com'],
    ['www.example.com', 'www.example.com'],
    ['Opening hours: museum.example.org/visit', 'museum.example.org'],
    ['http://example.com', 'example.com', 'insecure'],
    ['https://bank.example@evil.example/', 'evil.example', 'credentials'],
    ['https://аррӏе.com/', 'xn--80ak6aa92e.com', 'look-alike'],
    ['https://xn--80ak6aa92e.com/', 'xn--80ak6aa92e.com', 'look-alike'],
    ['http://192.0.2.7:8080/x', '192.0.2.7:8080', 'number', 'insecure'],
    ['http://0xC0000207/', '192.0.2.7', 'number', 'insecure'],
  ];
  for (const [text, host, ...warnings] of hosts) {
    const { target } = only(text, 'open');
    assert.deepEqual({ host: target.host, warnings: target.warnings }, { host, warnings }, text);
  }
});

test('what is no address of the web is no link', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'end.Next',
    'main.ts',
    'v1.2.3',
    'a@example.com',
  ]) {
    assert.ok(!kinds(text).includes('open'), text);
  }
});

test('a sentence with two links has both', () => {
  const targets = of('https://a.example/x(1) or b.example.org.').flatMap((action) =>
    action.kind === 'open' ? [action.target.href] : [],
  );
  assert.deepEqual(targets, ['https://a.example/x(1)', 'https://b.example.org/']);
});

test('mail, phone, message and place', () => {
  assert.equal(only('mailto:jane@example.com?subject=Hi', 'mail').href, 'mailto:jane@example.com?subject=Hi');
  assert.equal(
    only('MATMSG:TO:jane@example.com;SUB:Hi there;BODY:x;;', 'mail').href,
    'mailto:jane@example.com?subject=Hi%20there&body=x',
  );
  assert.equal(only('Write to jane.doe@example.co.uk, please', 'mail').shown, 'jane.doe@example.co.uk');
  assert.equal(only('tel:+49-30-123456', 'call').href, 'tel:+4930123456');
  assert.equal(only('Tel. +49 30 1234 567', 'call').href, 'tel:+49301234567');
  assert.equal(only('(030) 1234567', 'call').href, 'tel:0301234567');
  assert.equal(only('SMSTO:+15550100:See you', 'message').href, 'sms:+15550100?body=See%20you');
  assert.equal(only('geo:52.5163,13.3777?z=17', 'place').href, 'geo:52.5163,13.3777');
  for (const text of ['12345678', '3.14159265', '2026-11-28', 'Order 4006381333931'])
    assert.ok(!kinds(text).includes('call'), text);
});

test('a network with its password, unescaped', () => {
  assert.deepEqual(only('WIFI:T:WPA;S:Caf\\;e;P:a\\\\b\\:c;H:true;;', 'wifi').network, {
    name: 'Caf;e',
    password: 'a\\b:c',
    security: 'WPA',
    isHidden: true,
  });
  assert.deepEqual(only('WIFI:S:Open;T:nopass;;', 'wifi').network, {
    name: 'Open',
    password: undefined,
    security: undefined,
    isHidden: false,
  });
});

test('a contact becomes a vCard', () => {
  const card = 'BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nFN:Jane Doe\nTEL:+1 555 0100\nEND:VCARD';
  const saved = only(card, 'contact');
  assert.equal(saved.name, 'Jane Doe');
  assert.equal(saved.file.name, 'Jane Doe.vcf');
  assert.equal(saved.file.content, `${card.replaceAll('\n', '\r\n')}\r\n`);
  assert.deepEqual(kinds(card), ['copy', 'contact', 'call']);
  const made = only('MECARD:N:Doe,Jane;TEL:+15550100;EMAIL:jane@example.com;NOTE:a\\;b;;', 'contact');
  assert.equal(made.name, 'Jane Doe');
  assert.match(
    String(made.file.content),
    /^BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jane;;;\r\nFN:Jane Doe\r\nTEL:\+15550100\r\nEMAIL:jane@example.com\r\n[\s\S]*NOTE:a\\;b\r\n/,
  );
});

test('an event becomes a calendar file', () => {
  const event = only('BEGIN:VEVENT\nSUMMARY:Concert\\, late\nDTSTART:20261224T190000Z\nEND:VEVENT', 'event');
  assert.equal(event.name, 'Concert, late');
  assert.equal(event.startsAt.toISOString(), '2026-12-24T19:00:00.000Z');
  assert.match(
    String(event.file.content),
    /^BEGIN:VCALENDAR\r\n[\s\S]*UID:.+\r\nDTSTAMP:\d{8}T\d{6}Z\r\nSUMMARY:Concert\\, late\r\nDTSTART:20261224T190000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n$/,
  );
});

test('dates that can be read in one way only', () => {
  const dates: readonly [
    text: string,
    year: number,
    month: number,
    day: number,
    hour?: number,
    minute?: number,
  ][] = [
    ['Sale ends 2026-12-24', 2026, 12, 24],
    ['Konzert am 24.12.2026, 19:30 Uhr', 2026, 12, 24, 19, 30],
    ['24 December 2026 at 7:30 pm', 2026, 12, 24, 19, 30],
    ['March 3rd, 2027', 2027, 3, 3],
    ['3. März 2027', 2027, 3, 3],
    ['2026年12月24日 19:30', 2026, 12, 24, 19, 30],
  ];
  for (const [text, year, month, day, hour, minute = 0] of dates) {
    const { startsAt, isAllDay } = only(text, 'event');
    assert.deepEqual(startsAt, new Date(year, month - 1, day, hour ?? 0, minute), text);
    assert.equal(isAllDay, hour === undefined, text);
  }
  for (const text of ['3/4/2026', '31.02.2026', '1.2.3', '2026'])
    assert.deepEqual(kinds(text), ['copy'], text);
});

test('GS1 element strings become fields', () => {
  const gs1 = only('01095011015300031725010110AB-12\u001d2112345', 'fields', 'DataMatrix');
  assert.deepEqual(gs1.fields, [
    { ai: '01', value: '09501101530003' },
    { ai: '17', value: '250101' },
    { ai: '10', value: 'AB-12' },
    { ai: '21', value: '12345' },
  ]);
  assert.equal(only('0109501101530003', 'search', 'DataBarOmni').query, '9501101530003');
  // A wrong check digit; a text that only begins so.
  for (const text of ['0109501101530004', '01 is the first', '1234567890'])
    assert.deepEqual(kinds(text, 'Code128'), ['copy'], text);
});

test('the number of a product is searched for where the page searches, on a site that is named', () => {
  const product = only('4006381333931', 'search', 'EAN13');
  assert.deepEqual(
    [product.query, product.about, product.target.host],
    ['4006381333931', 'product', 'search.example'],
  );
  const book = only('9780306406157 52250', 'search', 'EAN13');
  assert.deepEqual([book.about, book.target.href], ['book', searchUrl('ISBN 9780306406157')]);
  assert.equal(only('ISBN 978-0-306-40615-7', 'search').query, '9780306406157');
  assert.deepEqual(kinds('4006381333931'), ['copy']);
});

test('bytes can be saved', () => {
  const [save] = actionsFor({ text: '', format: 'QRCode', bytes: 'AAGA/w==' }, searchUrl);
  assert.ok(save?.kind === 'save');
  assert.deepEqual(save.file.content, Uint8Array.of(0, 1, 128, 255));
});
