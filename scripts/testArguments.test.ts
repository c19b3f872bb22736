import assert from 'node:assert/strict';
import test from 'node:test';
import { readTestArguments } from './testArguments.ts';

const rows: [args: string, quick: boolean, long: boolean, browsers: string, playwrightArgs: string][] = [
  ['', true, true, 'chromium', ''],
  ['--unit', true, false, 'none', ''],
  ['--slow --grep menu', false, true, 'chromium', '--grep menu'],
  ['--browser e2e/page.spec.ts', false, false, 'chromium', 'e2e/page.spec.ts'],
  ['e2e/page.spec.ts --grep menu', false, false, 'chromium', 'e2e/page.spec.ts --grep menu'],
  ['./e2e/page.spec.ts:12', false, false, 'chromium', './e2e/page.spec.ts:12'],
  ['e2e\\page.spec.ts', false, false, 'chromium', 'e2e\\page.spec.ts'],
  ['e2e/engines/core.spec.ts', false, false, 'engines', 'e2e/engines/core.spec.ts'],
  ['--slow e2e/page.spec.ts', false, true, 'chromium', 'e2e/page.spec.ts'],
  ['--grep e2e', true, true, 'chromium', '--grep e2e'],
];
for (const [args, quick, long, browsers, rest] of rows) {
  test(`npm test -- ${args}`, () => {
    const split = (text: string) => text.split(' ').filter((arg) => arg !== '');
    assert.deepEqual(readTestArguments(split(args)), { quick, long, browsers, playwrightArgs: split(rest) });
  });
}

test('choices that exclude each other, and the help of Playwright, are refused before anything runs', () => {
  assert.throws(() => readTestArguments(['--unit', '--engines']), /Give one of --unit/);
  assert.throws(() => readTestArguments(['--help']), /scripts\/test\.ts/);
});
