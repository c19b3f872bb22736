import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../ui/words/words.ts';
import { allowPixelsHelp } from './allowPixelsHelp.ts';

const CASES = [
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', /canvas icon/, 'ask'],
  ['Mozilla/5.0 (Android 10; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', /another browser/, 'check'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15',
    /page menu/,
    'check',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', /lion/, 'check'],
] as const;

for (const [userAgent, words, action] of CASES) {
  test(`${action}, with words on the way, for ${userAgent.slice(13, 60)}`, () => {
    const help = allowPixelsHelp({ userAgent });
    assert.match(DELIVERED.words.allowPixels[help.words], words);
    assert.equal(help.action, action);
  });
}
