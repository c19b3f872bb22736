import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyPress, SHORTCUTS, shortcutOf } from './shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  inControl: false,
  ...more,
});

test('keys do what the help says, in capitals too', () => {
  assert.equal(shortcutOf(press(' ')), 'startStop');
  assert.equal(shortcutOf(press('F')), 'flip');
  assert.equal(shortcutOf(press('?')), 'help');
  for (const { keys, shortcut } of SHORTCUTS) {
    const [key = ''] = keys;
    const typed = { Space: ' ', Esc: 'Escape', '←': 'ArrowLeft', '→': 'ArrowRight' }[key] ?? key;
    assert.equal(shortcutOf(press(typed)), shortcut);
  }
});

test('keys of the browser and of a focused control are left alone', () => {
  assert.equal(shortcutOf(press('s', { ctrlKey: true })), undefined);
  assert.equal(shortcutOf(press('c', { metaKey: true })), undefined);
  assert.equal(shortcutOf(press(' ', { inControl: true })), undefined);
  assert.equal(shortcutOf(press('x')), undefined);
});
