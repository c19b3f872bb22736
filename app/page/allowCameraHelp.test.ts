import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../ui/words/words.ts';
import { allowCameraHelp } from './allowCameraHelp.ts';

const CASES = [
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1',
    5,
    /Website Settings/,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
    5,
    /Website Settings/,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Safari/604.1',
    5,
    /Settings app/,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
    0,
    /Safari menu/,
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
    5,
    /Permissions/,
  ],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 0, /next to the address/],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, /crossed-out/],
] as const;

for (const [userAgent, maxTouchPoints, expected] of CASES) {
  test(`${expected} for ${userAgent.slice(13, 60)} with ${maxTouchPoints} touch points`, () => {
    assert.match(DELIVERED.words.allowCamera[allowCameraHelp({ userAgent, maxTouchPoints })], expected);
  });
}
