import assert from 'node:assert/strict';
import test from 'node:test';
import { readTestArguments } from './testArguments.ts';

const rows: [
  args: string,
  quick: boolean,
  long: boolean,
  paths: string,
  browsers: string,
  playwrightArgs: string,
][] = [
  ['', true, true, '', 'chromium', ''],
  ['--unit', true, false, '', 'none', ''],
  ['--slow --grep menu', false, true, '', 'chromium', '--grep menu'],
  ['--browser e2e/page.spec.ts', false, false, '', 'chromium', 'e2e/page.spec.ts'],
  ['e2e/page.spec.ts --grep menu', false, false, '', 'chromium', 'e2e/page.spec.ts --grep menu'],
  ['./e2e/page.spec.ts:12', false, false, '', 'chromium', './e2e/page.spec.ts:12'],
  ['e2e\\page.spec.ts', false, false, '', 'chromium', 'e2e\\page.spec.ts'],
  ['e2e/engines/core.spec.ts', false, false, '', 'engines', 'e2e/engines/core.spec.ts'],
  ['--slow e2e/page.spec.ts', false, false, '', 'chromium', 'e2e/page.spec.ts'],
  ['--grep e2e', true, true, '', 'chromium', '--grep e2e'],
  ['--grep server/x', true, true, '', 'chromium', '--grep server/x'],
  ['--slow server/a.long.test.ts', false, true, 'server/a.long.test.ts', 'none', ''],
  ['--unit ./vision/b.test.ts', true, false, './vision/b.test.ts', 'none', ''],
  ['server/a.test.ts server/import', true, true, 'server/a.test.ts server/import', 'none', ''],
  ['e2e/words.test.ts', true, true, 'e2e/words.test.ts', 'none', ''],
  ['--slow app/a.long.test.ts e2e/b.spec.ts', false, true, 'app/a.long.test.ts', 'chromium', 'e2e/b.spec.ts'],
];
for (const [args, quick, long, paths, browsers, rest] of rows) {
  test(`npm test -- ${args}`, () => {
    const split = (text: string) => text.split(' ').filter((arg) => arg !== '');
    assert.deepEqual(readTestArguments(split(args)), {
      quick,
      long,
      paths: split(paths),
      browsers,
      playwrightArgs: split(rest),
    });
  });
}

test('choices that exclude each other or a named file, and the help of Playwright, are refused before anything runs', () => {
  assert.throws(() => readTestArguments(['--unit', '--engines']), /Give one of --unit/);
  assert.throws(() => readTestArguments(['--help']), /scripts\/test\.ts/);
  assert.throws(() => readTestArguments(['--browser', 'server/a.test.ts']), /leave --browser out/);
  assert.throws(() => readTestArguments(['--unit', 'e2e/a.spec.ts']), /leave --unit out/);
});
