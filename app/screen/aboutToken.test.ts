import assert from 'node:assert/strict';
import test from 'node:test';
import type { ERRORS } from '../../protocol/errors.ts';
import { createFormats } from '../ui/words/formats.ts';
import { CATALOGUES } from '../ui/words/words.ts';
import { aboutToken } from './aboutToken.ts';

const refused = (code: keyof typeof ERRORS) => ({ kind: 'refused', code, message: '' }) as const;

for (const language of ['en', 'zh-Hans'] as const) {
  const words = CATALOGUES[language](createFormats(language));
  test(`a screen says of a token what is wrong with it: ${words.wall.scopeTitle}`, () => {
    const titles = [
      aboutToken(words, refused('unauthorized'), false),
      aboutToken(words, refused('unauthorized'), true),
      aboutToken(words, refused('token_expired'), true),
      aboutToken(words, refused('insufficient_scope'), true),
    ].map(({ title }) => title);
    assert.equal(new Set(titles).size, 4);
    assert.match(aboutToken(words, refused('insufficient_scope'), true).text, /“watch”/);
  });
}
