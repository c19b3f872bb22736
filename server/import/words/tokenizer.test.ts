import assert from 'node:assert/strict';
import test from 'node:test';
import { clipTokenizer, siglipTokenizer } from '../testing/words/tokenizers.ts';
import { openTokenizer } from './tokenizer.ts';

test("CLIP's tokenizer: begin, whole words in lower case, end; the last token fills up", () => {
  const files = clipTokenizer();
  const tokenizer = openTokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
  const id = (word: string) => files.ids.get(word) ?? -1;
  const [begin, end] = [files.size - 2, files.size - 1];
  assert.deepEqual(tokenizer.encode('A photo  of a RED', 'red'), [
    begin,
    id('a'),
    id('photo'),
    id('of'),
    id('a'),
    id('red'),
    end,
  ]);
  assert.equal(tokenizer.padId, end);
  assert.equal(tokenizer.maxTokens, 77);
});

test("SigLIP's tokenizer: no begin, no punctuation, pieces by their scores; what it does not know is refused by its word", () => {
  const files = siglipTokenizer();
  const tokenizer = openTokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
  const id = (word: string) => files.ids.get(word) ?? -1;
  assert.deepEqual(tokenizer.encode('This is a photo of Red.', 'Red'), [
    ...['this', 'is', 'a', 'photo', 'of', 'red'].map(id),
    1,
  ]);
  assert.equal(tokenizer.padId, 1);
  assert.equal(tokenizer.maxTokens, 64);
  assert.throws(() => tokenizer.encode('猫', '猫'), {
    code: 'needs_options',
    message: /knows no part of "猫"/,
  });
});

test('files of tokenizers that are not in order are refused by their names', () => {
  const { 'tokenizer.json': file, 'tokenizer_config.json': config } = clipTokenizer();
  const refused = (a: string, b: string, message: RegExp) =>
    assert.throws(() => openTokenizer(a, b), { code: 'malformed_source', message });
  refused('{', config, /"tokenizer\.json" cannot be used: /);
  refused('7', config, /"tokenizer\.json" cannot be used: it holds no object/);
  refused(file, '[', /"tokenizer_config\.json" cannot be used: /);
  refused('{"model": {"type": "Nothing"}}', config, /"tokenizer\.json" cannot be used: /);
  refused(file, '{"pad_token": 4}', /"tokenizer_config\.json" cannot be used: /);
});
