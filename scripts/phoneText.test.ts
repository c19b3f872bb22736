import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { qrLines, readQr } from '../e2e/harness/readQr.ts';
import { phoneText } from './phoneText.ts';

const url = 'https://192.168.1.7:3000/#pair=abcdefghijklmnopqrstuvwxyzABCDEF';
const link = { url, code: 'abcdefghijklmnopqrstuvwxyzABCDEF', others: ['https://livelens.local:3000/'] };

test('a camera reads the address with its code off the terminal, which 24 lines hold', () => {
  const text = phoneText(link);
  assert.equal(readQr(text), url);
  assert.ok(qrLines(text).length <= 22, `${qrLines(text).length} lines`);
});

test('in words there is the address without the code, and the name of the machine', () => {
  const words = stripVTControlCharacters(phoneText(link));
  assert.match(words, /https:\/\/192\.168\.1\.7:3000\/ {2}or {2}https:\/\/livelens\.local:3000\//);
  assert.ok(!words.includes('pair='));
  assert.match(words, /works once, within an hour/);
  assert.doesNotMatch(phoneText({ url: 'https://192.168.1.7:3000/', others: [] }), /works once/);
});
