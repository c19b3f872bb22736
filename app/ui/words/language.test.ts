import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLanguage } from './language.ts';

const of = (...preferred: string[]) => chooseLanguage(preferred, undefined).language;

test('Simplified Chinese is chosen by the tags that browsers use for it', () => {
  for (const tag of ['zh', 'zh-CN', 'zh-SG', 'zh-Hans', 'zh-Hans-HK'])
    assert.equal(of(tag, 'en'), 'zh-Hans', tag);
  assert.equal(of('fr-FR', 'zh-CN', 'en'), 'zh-Hans', 'the first that the page speaks');
  assert.equal(of('en-US', 'zh-CN'), 'en');
});

test('Traditional Chinese is not taken for Simplified unless nothing is better', () => {
  assert.equal(of('zh-TW', 'en'), 'en');
  assert.equal(of('zh-HK', 'en-GB', 'zh'), 'en');
  assert.equal(of('zh-TW'), 'zh-Hans');
  assert.equal(of('zh-Hant', 'ja'), 'zh-Hans');
});

test('other languages, and what is no language, are English', () => {
  assert.equal(of('de', 'fr-CH'), 'en');
  assert.equal(of('not a tag', ''), 'en');
  assert.equal(of(), 'en');
});

test('a choice made in the page goes before the browser’s, unless the page does not speak it', () => {
  assert.equal(chooseLanguage(['zh-CN'], 'en').language, 'en');
  assert.equal(chooseLanguage(['en'], 'zh-Hans').language, 'zh-Hans');
  assert.equal(chooseLanguage(['zh-CN'], 'tlh').language, 'zh-Hans');
});

test('numbers and dates are those of the person’s own variant of the language', () => {
  assert.equal(chooseLanguage(['de-DE', 'en-GB'], undefined).locale, 'en-GB');
  assert.equal(chooseLanguage(['zh-SG'], undefined).locale, 'zh-SG');
  assert.equal(chooseLanguage(['zh-TW'], undefined).locale, 'zh-Hans', 'the words are Simplified');
  assert.equal(chooseLanguage(['en-GB'], 'zh-Hans').locale, 'zh-Hans');
});
