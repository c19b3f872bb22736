import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { pressedKey } from './pressedKey.ts';

test('a key of an input method is none for the page', () => {
  for (const key of ['Escape', 'Enter', 'n']) {
    assert.equal(pressedKey({ key, isComposing: false, keyCode: 27 }), key);
    assert.equal(pressedKey({ key, isComposing: true, keyCode: 27 }), undefined);
    assert.equal(pressedKey({ key, isComposing: false, keyCode: 229 }), undefined, 'Safari');
  }
});

test('whoever listens for Escape or Enter asks for the pressed key', async () => {
  const wrong: string[] = [];
  for (const name of await readdir('app', { recursive: true })) {
    const file = path.posix.join('app', name.replaceAll('\\', '/'));
    if (!/\.tsx?$/.test(file) || file.endsWith('.test.ts')) continue;
    const source = await readFile(file, 'utf8');
    if (
      /\bkey === '(Escape|Enter)'|\bkey !== '(Escape|Enter)'/.test(source) &&
      !source.includes('pressedKey(')
    )
      wrong.push(file);
  }
  // Keys that are held on a button, and who has them: no one types there.
  assert.deepEqual(wrong.sort(), ['app/panels/things/HoldButton.tsx', 'app/ui/shortcuts.ts']);
});
