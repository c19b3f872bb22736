import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

/** Rules that write on the accent colour, and leave it to the browser what becomes of that in high contrast. */
function faultsOf(file: string, css: string): string[] {
  const faults: string[] = [];
  for (const [, selector = '', body = ''] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const writesOnAccent = /(?<![\w-])color:\s*var\(--accent-ink\)/.test(body);
    if (writesOnAccent && !/forced-color-adjust:\s*none/.test(body))
      faults.push(`${file}: ${selector.trim()}`);
  }
  return faults;
}

test('words on the accent colour keep it in high contrast, where browsers put a ground of their own behind words', async () => {
  const files = (await readdir('app', { recursive: true })).filter((file) => file.endsWith('.css'));
  assert.ok(files.length > 20);
  const faults = await Promise.all(
    files.map(async (file) => faultsOf(file, await readFile(path.join('app', file), 'utf8'))),
  );
  assert.deepEqual(faults.flat(), []);
});

test('such a rule would be found', () => {
  assert.deepEqual(faultsOf('a.css', '.main { color: var(--accent-ink); background: var(--accent); }'), [
    'a.css: .main',
  ]);
  assert.deepEqual(faultsOf('a.css', '.main { outline-color: var(--accent-ink); }'), []);
});
