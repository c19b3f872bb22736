import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMPORT_FLAGS } from '../../../server/cli/importFlags.ts';
import { DELIVERED } from '../../ui/words/words.ts';
import { fieldsNamedIn } from './fieldsNamedIn.ts';

test('every option of the command line that says something of a model has a control in the page', () => {
  for (const flag of Object.keys(IMPORT_FLAGS)) {
    const [found, ...others] = fieldsNamedIn(`Say which (--${flag} X), as --${flag}.`);
    assert.equal(found?.flag, `--${flag}`);
    assert.ok(DELIVERED.words.fields[found.field].length > 0);
    assert.deepEqual(others, []);
  }
});

test('options keep the order of the text; what is an option of another program is none of the page', () => {
  const text = 'Export it with --decode_in_inference, say --size 320x320, or give its labels (--labels).';
  assert.deepEqual(
    fieldsNamedIn(text).map(({ field }) => DELIVERED.words.fields[field]),
    ['Width and Height', 'Label names'],
  );
  assert.deepEqual(fieldsNamedIn('run "convert --tflite FILE"'), []);
});
