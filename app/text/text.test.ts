import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchQuery } from './searchQuery.ts';
import { spokenLanguage } from './spokenLanguage.ts';

test('a search has whole words, and no more than a search page takes', () => {
  assert.equal(searchQuery(['Station Road', ' 12 ']), 'Station Road 12');
  const long = searchQuery(Array.from({ length: 60 }, () => 'letters'));
  assert.equal(long, Array.from({ length: 25 }, () => 'letters').join(' '));
  assert.equal([...searchQuery(['出'.repeat(300)])].length, 200);
});

test('a text is read aloud in the language of its script', () => {
  assert.equal(spokenLanguage('Way out', 'en'), 'en');
  assert.equal(spokenLanguage('出口 Exit', 'en'), 'zh-CN');
  assert.equal(spokenLanguage('出口', 'zh-Hans'), 'zh-Hans');
  assert.equal(spokenLanguage('Way out', 'zh-Hans'), 'en');
});
