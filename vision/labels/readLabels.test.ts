import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LabelsError, MAX_LABEL_LENGTH, MAX_LABELS } from './labelList.ts';
import { readLabelFile, readLabels } from './readLabels.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const labelsOf = async (text: string) => (await readLabelFile(bytesOf(text))).labels;

/** Each form that tools write, for the same two names. */
const FORMS: Readonly<Record<string, string>> = {
  lines: 'cat\nhot dog\n',
  'Windows ends of lines, a mark, blank lines at the end': '\uFEFFcat\r\nhot dog\r\n\r\n\r\n',
  'old Macintosh ends of lines': 'cat\rhot dog\r',
  'a comment before': '# labels of the model\ncat\nhot dog',
  'numbers (Teachable Machine)': '0 cat\n1 hot dog\n',
  'numbers and colons': '0: cat\n1: hot dog',
  'numbers and tabs': '0\tcat\n1\thot dog',
  'numbers and commas': '0,cat\n1,"hot dog"',
  'numbers in brackets': '[0] cat\n[1] hot dog',
  'numbers and points': '0. cat\n1. hot dog',
  'numbers from 1': '1 cat\n2 hot dog',
  'numbers in any order': '1 hot dog\n0 cat',
  'numbers behind': 'cat 0\nhot dog 1',
  'numbers behind commas': 'cat,0\nhot dog,1',
  'a table': 'index,name\n0,cat\n1,hot dog\n',
  'a table in any order, with semicolons': 'name;id\nhot dog;1\ncat;0\n',
  'a table with several columns': 'index,mid,display_name\n0,/m/01,cat\n1,/m/02,"hot dog"\n',
  'a table without numbers': 'name,colour\ncat,grey\nhot dog,red\n',
  'ImageNet numbers': 'n02123045 cat\nn07697537 hot dog',
  dashes: '- cat\n- hot dog',
  'one line': 'cat, hot dog',
  'quotes and commas': '"cat",\n"hot dog",',
  'JSON list': '["cat", "hot dog"]',
  'JSON by number': '{"1": "hot dog", "0": "cat"}',
  'JSON by name (Keras, label2id)': '{"hot dog": 1, "cat": 0}',
  'JSON with ImageNet numbers': '{"0": ["n02123045", "cat"], "1": ["n07697537", "hot dog"]}',
  'JSON by number, with objects': '{"0": {"name": "cat"}, "1": {"name": "hot dog"}}',
  'Teachable Machine metadata.json': '{"tfjsVersion": "1.3", "labels": ["cat", "hot dog"], "imageSize": 224}',
  'Hugging Face config.json': '{"architectures": ["A"], "id2label": {"0": "cat", "1": "hot dog"}}',
  'config.json that only label2id names':
    '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": {"cat": 0, "hot dog": 1}}',
  'timm config.json':
    '{"num_classes": 2, "label_names": ["n1", "n2"], "label_descriptions": {"n1": "cat", "n2": "hot dog"}}',
  'COCO categories': '{"images": [], "categories": [{"id": 2, "name": "hot dog"}, {"id": 1, "name": "cat"}]}',
  'labels below another key': '{"model_parameters": {"labels": ["cat", "hot dog"]}}',
  'Python dict': `{0: 'cat', 1: "hot dog",}`,
  'Python list': "['cat', 'hot dog']",
  'Python tuple with a name (MMDetection)': "CLASSES = ('cat', 'hot dog')",
  'fastai vocab': "(#2) ['cat','hot dog']",
  'YAML list (Roboflow data.yaml)': 'train: ../train\nnc: 2\nnames: ["cat", "hot dog"]\n',
  'YAML block list': 'nc: 2\nnames:\n- cat\n- hot dog\n',
  'YAML by number (Ultralytics metadata.yaml)':
    "description: a model\nstride: 32\ntask: detect\nnames:\n  0: cat\n  1: 'hot dog'\nargs:\n  nms: false\n",
  'YAML without quotes': '{0: cat, 1: hot dog}',
  'YAML list without quotes': '[cat, hot dog]',
  'label map of TensorFlow':
    'item {\n  id: 1\n  name: "/m/01"\n  display_name: "cat"\n}\n# of two\nitem {\n  name: \'hot dog\'\n  id: 2\n}\n',
};

for (const [form, text] of Object.entries(FORMS)) {
  test(`form: ${form}`, async () => {
    const { labels, warnings } = await readLabelFile(bytesOf(text));
    assert.deepEqual({ labels, warnings }, { labels: ['cat', 'hot dog'], warnings: [] });
  });
}

test('numbers that are part of the names stay', async () => {
  for (const names of [
    ['0 cat', '7 up'],
    ['2 euro', '5 euro'],
    ['1 euro'],
    ['0 red', '1 red'],
    ['0', '1', '2'],
    ['route 66', 'area 51'],
  ]) {
    assert.deepEqual(await labelsOf(names.join('\n')), names);
  }
});

test('a name keeps what it holds: quotes, commas, commas in ImageNet names, escapes, other alphabets', async () => {
  assert.deepEqual(await labelsOf('tench, Tinca tinca\ngreat "white" shark\n鳥\n'), [
    'tench, Tinca tinca',
    'great "white" shark',
    '鳥',
  ]);
  assert.deepEqual(await labelsOf(String.raw`{0: 'it\'s', 1: "caf\xe9", 2: '\u9ce5 \U0001F426'}`), [
    "it's",
    'café',
    '鳥 🐦',
  ]);
  assert.deepEqual(await labelsOf('names: [no, 1.0, null, "0x1"]'), ['no', '1.0', 'null', '0x1']);
});

test('holes are kept in their places', async () => {
  const coco = Array.from({ length: 12 }, (_, at) => `${at < 11 ? at : at + 1}  thing ${at}`).join('\n');
  assert.deepEqual((await labelsOf(coco)).slice(10), ['thing 10', '???', 'thing 11']);
  const map = await readLabelFile(bytesOf('item { id: 1 name: "a" } item { id: 3 name: "c" }'));
  assert.deepEqual(map.labels, ['a', '???', 'c']);
  assert.match(map.warnings.join(), /No name is given for number 2/);
  assert.deepEqual(await labelsOf('???\ncat\nN/A'), ['???', 'cat', 'N/A']);
  // A configuration counts outputs, from 0.
  assert.deepEqual(await labelsOf('{"id2label": {"1": "person", "2": "car"}}'), ['???', 'person', 'car']);
});

test('what is strange is said: names twice, blank lines between, long names, another encoding', async () => {
  const warningsOf = async (bytes: Uint8Array) => (await readLabelFile(bytes)).warnings.join(' ');
  assert.match(await warningsOf(bytesOf('cat\ndog\ncat')), /Outputs 0 and 2 are both called "cat"/);
  assert.equal(await warningsOf(bytesOf('N/A\ndog\nN/A\n???\n???')), '');
  assert.match(await warningsOf(bytesOf('cat\n\ndog')), /Line 2 is empty/);
  assert.match(await warningsOf(bytesOf(`cat\ndog\n${'x'.repeat(300)}`)), /output 2 has more than 200/);
  assert.match(await warningsOf(Buffer.from('caf\xe9\ncat', 'latin1')), /Windows-1252/);
});

test('encodings', async () => {
  const text = 'café\r\n鳥\r\nred\r\n';
  const swapped = (little: Buffer) => Buffer.from(little).swap16();
  const little = Buffer.from(text, 'utf16le');
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    little,
    swapped(little),
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    swapped(Buffer.from(`\uFEFF${text}`, 'utf16le')),
  ]) {
    assert.deepEqual((await readLabelFile(bytes)).labels, ['café', '鳥', 'red']);
  }
  const { labels } = await readLabelFile(Buffer.from('caf\xe9\n\x80uro \x93sign\x94\n', 'latin1'));
  assert.deepEqual(labels, ['café', '€uro “sign”']);
  // Filled up with zeros.
  assert.deepEqual(await labelsOf('cat\ndog\0\0\0\0\0'), ['cat', 'dog']);
  assert.deepEqual(await labelsOf('cat\0\0\ndog\0\n'), ['cat', 'dog']);
  assert.deepEqual(await labelsOf('c\tat\ndo\x07g\n'), ['c at', 'do g']);
});

test('what is no list of labels is called what it is', async () => {
  const refusals: readonly (readonly [string | Buffer, RegExp])[] = [
    [Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), /PNG picture/],
    [Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF', 'latin1'), /JPEG picture/],
    [Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'), /zip archive/],
    ['<!doctype html><p>cat', /web page/],
    ['version https://git-lfs.github.com/spec/v1\noid', /Git LFS/],
    [Buffer.from([8, 1, 18, 4, 116, 1, 2, 3, 0, 5]), /no text file/],
    [' \n\n ', /no names/],
    ['???\nN/A'.replace('N/A', '???'), /no names/],
    ['{"cat"', /cannot be read/],
    ['{"name": "cat"}', /no labels in it/],
    ['{"labels": []}', /no labels in it/],
    ['{"0": "cat", "5000": "dog"}', /numbers go up to 5000/],
    ['item { id: 1 name: "a" } item { id: 1 name: "b" }', /Number 1 has two names/],
    ['item { id: 1 }', /no name/],
    ['names: [cat, "dog\nnc: 2', /YAML cannot be read/],
    ['x'.repeat(5_000), /not a list of labels/],
    [`a\n`.repeat(MAX_LABELS + 1), /at most 100,000/],
    [Buffer.alloc(10_000_001, 'a\n'), /at most 10/],
  ];
  for (const [file, message] of refusals) {
    const bytes = typeof file === 'string' ? bytesOf(file) : file;
    await assert.rejects(readLabelFile(bytes), (error) => {
      assert.ok(error instanceof LabelsError);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(() => readLabels('names: [cat]'), /This is YAML. Choose it as a file/);
});

test('whatever the bytes, there are labels within the bounds or a LabelsError', async () => {
  const piece = fc.constantFrom(
    ...Object.values(FORMS).flatMap((text) => [text, text.slice(0, -3), text.replaceAll('cat', '"')]),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    piece,
    fc.array(piece, { maxLength: 3 }).map((all) => all.join('\n')),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    text.map(bytesOf),
    text.map((one) => Buffer.from(one, 'utf16le')),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (file) => {
      try {
        const { labels } = await readLabelFile(file);
        assert.ok(labels.length > 0);
        for (const label of labels) {
          assert.ok(label !== '' && label.length <= MAX_LABEL_LENGTH && label === label.trim());
          assert.doesNotMatch(label, /\p{Cc}|\p{Cs}/u);
        }
      } catch (error) {
        if (!(error instanceof LabelsError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('names survive every form in which they are written', async () => {
  const name = fc
    .stringMatching(/^[\p{L}][\p{L}\p{N} '&.-]{0,20}$/u)
    .map((text) => text.trim())
    .filter((text) => !/\s\d+$|^[-_]*$|^n\d{8}|^(names|labels|classes|item)/i.test(text));
  const names = fc.uniqueArray(name, { minLength: 2, maxLength: 40 });
  const python = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const writers: readonly ((names: string[]) => string)[] = [
    (all) => all.join('\n'),
    (all) => all.map((one, at) => `${at} ${one}`).join('\r\n'),
    (all) => all.map((one, at) => `${at + 1}\t${one}`).join('\n'),
    (all) => `id,name\n${all.map((one, at) => `${at},"${one}"`).join('\n')}`,
    (all) => JSON.stringify(all),
    (all) => JSON.stringify(Object.fromEntries(all.map((one, at) => [one, at]))),
    (all) => `{${all.map((one, at) => `${at}: ${python(one)}`).join(', ')}}`,
    (all) => `names:\n${all.map((one, at) => `  ${at}: ${JSON.stringify(one)}`).join('\n')}`,
    (all) => all.map((one, at) => `item { id: ${at + 1} name: ${JSON.stringify(one)} }`).join('\n'),
  ];
  await fc.assert(
    fc.asyncProperty(names, fc.constantFrom(...writers), async (all, write) => {
      assert.deepEqual(await labelsOf(write(all)), all);
    }),
    { numRuns: 1_000 },
  );
});

test('YAML whose parts lie too deep in one another is refused before the library calls itself for each', async () => {
  for (const text of [
    `names: ${'['.repeat(200)}${']'.repeat(200)}`,
    `names: ${'{a: '.repeat(200)}${'}'.repeat(200)}`,
    `names:\n  ${'- '.repeat(200)}cat`,
    `names:\n${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth + 1)}a:`).join('\n')}`,
  ]) {
    await assert.rejects(readLabelFile(bytesOf(text)), /too deep/);
  }
  assert.deepEqual(await labelsOf('names:\n  - - cat\n  - - dog\n'), ['cat', 'dog']);
});

test('long lines and deep brackets take no time to speak of', { timeout: 60_000 }, async () => {
  for (const text of [
    `a${' '.repeat(500_000)}b`,
    `0 a${' '.repeat(500_000)}\n1 b`,
    '['.repeat(500_000),
    `['${'a'.repeat(500_000)}`,
    `${'\0'.repeat(500_000)}x`,
    `${'"'.repeat(500_000)},`,
    'item {'.repeat(50_000),
    '{"labels":'.repeat(2_000),
    '#'.repeat(500_000),
    `{'a': ${'#'.repeat(500_000)}`,
  ]) {
    await readLabelFile(bytesOf(text)).catch((error) => assert.ok(error instanceof LabelsError));
  }
});
