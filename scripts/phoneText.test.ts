import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { qrLines, readQr } from '../e2e/harness/readQr.ts';
import type { PhoneOffer } from '../server/main.ts';
import { phoneText, type Terminal } from './phoneText.ts';

const CODE = 'abcdefghijklmnopqrstuvwxyzABCDEF';
const url = `https://192.168.1.7:3000/#pair=${CODE}`;
const offer: PhoneOffer = {
  kind: 'link',
  link: { url, code: CODE, others: ['https://livelens.local:3000/'] },
};
const TERMINAL: Terminal = { isTerminal: true, columns: 80, isNext: false, isWsl: false, host: undefined };
const textOf = (what: PhoneOffer, terminal: Partial<Terminal> = {}) =>
  phoneText(what, { ...TERMINAL, ...terminal });

test('a camera reads the address with its code off the terminal, which 24 lines hold', () => {
  const text = textOf(offer);
  assert.equal(readQr(text), url);
  assert.ok(qrLines(text).length <= 22, `${qrLines(text).length} lines`);
});

test('in words there is the address without the code, and the name of the machine', () => {
  const words = stripVTControlCharacters(textOf(offer));
  assert.match(words, /https:\/\/192\.168\.1\.7:3000\/ {2}or {2}https:\/\/livelens\.local:3000\//);
  assert.ok(!words.includes('pair='));
  assert.match(words, /works once, within an hour/);
  assert.match(textOf(offer, { isNext: true }), /A phone was paired\. For the next one/);
  const open: PhoneOffer = { kind: 'link', link: { url: 'https://192.168.1.7:3000/', others: [] } };
  assert.doesNotMatch(textOf(open), /works once/);
});

test('a terminal that is too narrow gets words in place of a code that no camera could read', () => {
  const width = Math.max(...qrLines(textOf(offer)).map((line) => line.length)) + 2;
  for (const columns of [width, undefined, 0]) assert.equal(readQr(textOf(offer, { columns })), url);
  const text = textOf(offer, { columns: width - 1 });
  assert.deepEqual(qrLines(text), []);
  assert.match(
    text,
    new RegExp(`No QR code for phones: it is ${width} columns wide, and this terminal ${width - 1}`),
  );
  assert.match(text, /https:\/\/192\.168\.1\.7:3000\//);
});

test('a log gets the addresses, and no code', () => {
  const text = textOf(offer, { isTerminal: false, columns: undefined });
  assert.match(text, /https:\/\/192\.168\.1\.7:3000\//);
  assert.match(text, /"Open on your phone"/);
  assert.ok(!text.includes(CODE));
  assert.deepEqual(qrLines(text), []);
});

test('in WSL the text says what to do where a phone gets no answer', () => {
  assert.match(textOf(offer, { isWsl: true }), /WSL.*networkingMode=mirrored/);
  assert.doesNotMatch(textOf(offer), /WSL/);
});

test('where there is no code, one line says why and what to do', () => {
  const why = (what: Extract<PhoneOffer, { kind: 'none' }>['why'], host?: string) =>
    textOf({ kind: 'none', why: what }, { host });
  const expected = [
    [why('lan'), /LAN=0 switches it off\. Start without/],
    [why('host', '127.0.0.1'), /HOST=127\.0\.0\.1 lets only this machine in\. Start without/],
    [why('trust-proxy'), /TRUST_PROXY.*LAN=1/],
    [why('base-path'), /BASE_PATH.*LAN=1/],
    [why('development'), /npm start/],
    [why('container'), /container.*LAN=1.*docs\/phone\.md/],
    [why('no-terminal'), /no terminal\. LAN=1/],
    [why('no-network'), /no address on a network\. Connect/],
  ] as const;
  for (const [text, pattern] of expected) {
    assert.match(text, /^ {2}No QR code for phones: .+\n$/, 'one line');
    assert.match(text, pattern);
  }
});
