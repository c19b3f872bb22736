import assert from 'node:assert/strict';
import test from 'node:test';
import { textOf } from './textOf.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Made with Python's codecs. */
const TEXTS: readonly [name: string, hex: string, text: string][] = [
  ['ASCII', Buffer.from('https://example.com').toString('hex'), 'https://example.com'],
  ['UTF-8', Buffer.from('Grüße aus Köln 你好').toString('hex'), 'Grüße aus Köln 你好'],
  ['Latin-1', '47 72 fc df 65 20 61 75 73 20 4b f6 6c 6e', 'Grüße aus Köln'],
  ['windows-1252', '80 35', '€5'],
  ['windows-1251', 'cf f0 e8 e2 e5 f2', 'Привет'],
  ['windows-1251, two words', 'c4 ee e1 f0 fb e9 20 e4 e5 ed fc', 'Добрый день'],
  ['GBK', 'd6 d0 b9 fa c9 cf ba a3', '中国上海'],
  ['GBK with ASCII', 'c4 e3 ba c3 20 31 32 33', '你好 123'],
  ['Shift JIS', '82 b1 82 f1 82 c9 82 bf 82 cd', 'こんにちは'],
  ['Shift JIS, kanji', '93 fa 96 7b 8c ea 82 cc 83 65 83 58 83 67', '日本語のテスト'],
  ['EUC-KR', 'be c8 b3 e7 c7 cf bc bc bf e4', '안녕하세요'],
  ['GS1, with its separator', '31 30 41 42 1d 32 31 37', '10AB\u001d217'],
  ['ISO 15434', '5b 29 3e 1e 30 31 1d 39 36 1e 04', '[)>\u001e01\u001d96\u001e\u0004'],
];

for (const [name, hex, text] of TEXTS) {
  test(`a code that holds ${name}`, () => assert.equal(textOf(bytes(hex)), text));
}

test('what is no text has none', () => {
  for (const hex of [
    '',
    '00 01 80 fe ff',
    '00',
    '1f 8b 08 00 00 00 00 00',
    '89 50 4e 47 0d 0a 1a 0a',
    '41 00 42',
  ]) {
    assert.equal(textOf(bytes(hex)), undefined, hex);
  }
});

test('a declared character set is believed', () => {
  assert.equal(textOf(bytes('cf f0'), 'Пр'), 'Пр');
  assert.equal(textOf(bytes('00 01'), '\u0000\u0001'), undefined);
});
