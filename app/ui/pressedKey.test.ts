import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { mock } from 'node:test';
import { keepTypedEnter, pressedKey } from './pressedKey.ts';

test('a key of an input method is none for the page', () => {
  for (const key of ['Escape', 'Enter', 'n']) {
    assert.equal(pressedKey({ key, isComposing: false, keyCode: 27 }), key);
    assert.equal(pressedKey({ key, isComposing: true, keyCode: 27 }), undefined);
    assert.equal(pressedKey({ key, isComposing: false, keyCode: 229 }), undefined, 'Safari');
  }
});

test('Enter of an input method sends no form, any other does', () => {
  const isKept = (key: string, isComposing: boolean) => {
    const preventDefault = mock.fn();
    keepTypedEnter({ key, nativeEvent: { key, isComposing, keyCode: 13 } as KeyboardEvent, preventDefault });
    return preventDefault.mock.callCount() > 0;
  };
  assert.equal(isKept('Enter', true), true);
  assert.equal(isKept('Enter', false), false);
  assert.equal(isKept('a', true), false, 'a letter is typed');
});

/** Of the page's modules, without their tests. */
async function* sources(): AsyncGenerator<[file: string, source: string]> {
  for (const name of await readdir('app', { recursive: true })) {
    const file = path.posix.join('app', name.replaceAll('\\', '/'));
    if (/\.tsx?$/.test(file) && !file.endsWith('.test.ts')) yield [file, await readFile(file, 'utf8')];
  }
}

test('each form with a text field keeps Enter of an input method', async () => {
  const without: string[] = [];
  for await (const [file, source] of sources())
    for (const form of source.split(/<form\b/).slice(1))
      if (!/onKeyDown=\{keepTypedEnter\}|keepTypedEnter\(event\)/.test(form)) without.push(file);
  // Choices, and a field of many lines, where Enter begins one.
  assert.deepEqual(without.sort(), [
    'app/panels/models/ImportChoice.tsx',
    'app/panels/models/WordsField.tsx',
  ]);
});

test('whoever listens for Escape or Enter asks for the pressed key', async () => {
  const wrong: string[] = [];
  for await (const [file, source] of sources())
    if (
      /\bkey === '(Escape|Enter)'|\bkey !== '(Escape|Enter)'/.test(source) &&
      !source.includes('pressedKey(')
    )
      wrong.push(file);
  // Keys that are held on a button, and who has them: no one types there.
  assert.deepEqual(wrong.sort(), ['app/panels/things/HoldButton.tsx', 'app/ui/shortcuts.ts']);
});
