import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import {
  fillTemplate,
  Sentence,
  sentenceOf,
  sentencesOf,
  WireSentence as Wire,
  type WireSentence,
} from './sentence.ts';

const say = sentencesOf({
  has: 'It has {count} {count|label|labels}: {names}.',
  ignored: '{file} was ignored: {why}',
  plain: 'Nothing.',
});

test('a template gets its values, words by a count, lists and other sentences', () => {
  const one = say('has', { count: 1, names: ['cat'] });
  const two = say('has', { count: 2, names: ['cat', 'dog'] });
  assert.equal(`${one} ${two}`, 'It has 1 label: cat. It has 2 labels: cat, dog.');
  assert.equal(say('ignored', { file: 'a.txt', why: say('plain') }).text, 'a.txt was ignored: Nothing.');
  // @ts-expect-error a value that the template names is missing
  say('ignored', { file: 'a.txt' });
  // @ts-expect-error a template without values takes none
  say('plain', { file: 'a.txt' });
  // @ts-expect-error there is no such code
  say('unknown');
});

test('where the last value is empty, no space is left of it', () => {
  assert.equal(say('ignored', { file: 'a.txt', why: '' }).text, 'a.txt was ignored:');
  assert.equal(say('ignored', { file: 'a.txt', why: ' why' }).text, 'a.txt was ignored:  why');
});

test('what crosses the wire is codes and values, nested ones too, and is checked', () => {
  const said = say('ignored', { file: '{why}', why: say('has', { count: 2, names: [say('plain'), 'dog'] }) });
  const { sentence } = JSON.parse(JSON.stringify(sentenceOf(said))) as { sentence: WireSentence };
  const plain = { code: 'plain' };
  assert.deepEqual(sentence, {
    code: 'ignored',
    values: { file: '{why}', why: { code: 'has', values: { count: 2, names: [plain, 'dog'] } } },
  });
  assert.ok(v.is(Wire, sentence));
  assert.ok(!v.is(Wire, { code: 'x', values: { a: { text: 'no code' } } }));
  assert.deepEqual(sentenceOf('a.txt'), {});
  assert.ok(said instanceof Sentence);
});

test('what cannot be worded whole is not worded', () => {
  const word = ({ code }: { code: string }) => (code === 'known' ? 'known' : undefined);
  assert.equal(fillTemplate('{a} {b}', { a: 1 }, word, ', '), undefined);
  assert.equal(fillTemplate('{a}', { a: { code: 'new' } }, word, ', '), undefined);
  assert.equal(fillTemplate('{a}', { a: [{ code: 'known' }, 2] }, word, '、'), 'known、2');
  assert.equal(fillTemplate('{constructor}', {}, word, ', '), undefined);
});
