import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CodedError } from '../../protocol/errors.ts';
import { readFirstFile } from './form.ts';

/** What comes of a form, and how much of it was read. */
async function read(form: string | Buffer, contentType: string, pieceBytes = 64 << 10) {
  const bytes = Buffer.from(form);
  let readBytes = 0;
  async function* body() {
    while (readBytes < bytes.byteLength) {
      const piece = bytes.subarray(readBytes, readBytes + pieceBytes);
      readBytes += piece.byteLength;
      yield piece;
    }
  }
  const file = readFirstFile(body(), contentType);
  return { file: await file.then(Buffer.from, (error: unknown) => error), readBytes };
}

const part = (boundary: string, headers: string, content: string) =>
  `--${boundary}\r\n${headers}\r\n\r\n${content}\r\n`;
const FILE = 'Content-Disposition: form-data; name="image"; filename="cat.jpg"\r\nContent-Type: image/jpeg';
const FIELD = 'Content-Disposition: form-data; name="note"';
const form = (boundary: string, ...parts: [headers: string, content: string][]) =>
  `${parts.map(([headers, content]) => part(boundary, headers, content)).join('')}--${boundary}--\r\n`;

const boundaries: [contentType: string, boundary: string][] = [
  ['multipart/form-data; boundary=x', 'x'],
  ['Multipart/Form-Data; BOUNDARY=x', 'x'],
  ['multipart/form-data; charset=utf-8; boundary=x', 'x'],
  ['multipart/form-data; boundary=x; charset=utf-8', 'x'],
  ['multipart/form-data; xboundary=y; boundary=x', 'x'],
  ['multipart/form-data; note="a; boundary=y"; boundary=x', 'x'],
  ['multipart/form-data;boundary="x y:z"', 'x y:z'],
  ['multipart/form-data; boundary = x', 'x'],
  ['multipart/form-data ;\tboundary=x ; charset=utf-8', 'x'],
  ["multipart/form-data; boundary=----WebKitFormBoundary'()+_,-./:=?", "----WebKitFormBoundary'()+_,-./:=?"],
  [`multipart/form-data; boundary=${'b'.repeat(70)}`, 'b'.repeat(70)],
];
for (const [contentType, boundary] of boundaries) {
  test(`a form is read whose type is "${contentType}"`, async () => {
    const { file } = await read(form(boundary, [FIELD, 'a note'], [FILE, 'the picture']), contentType);
    assert.equal(String(file), 'the picture');
  });
}

const TYPE = 'multipart/form-data; boundary=x';
const readable: [title: string, form: string][] = [
  ['the first file counts', form('x', [FILE, 'the picture'], [FILE, 'another'])],
  [
    'a file that has a type and no name',
    form('x', ['Content-Disposition: form-data; name="image"\r\nContent-Type: image/png', 'the picture']),
  ],
  [
    'a file that has a name and no type',
    form('x', ['Content-Disposition: form-data; name="image"; filename="blob"', 'the picture']),
  ],
  [
    'text before the first boundary and after the last',
    `preamble\r\n${form('x', [FILE, 'the picture'])}epilogue`,
  ],
  ['twenty parts', form('x', ...Array<[string, string]>(19).fill([FIELD, 'a']), [FILE, 'the picture'])],
];
for (const [title, text] of readable) {
  test(`a form is read: ${title}`, async () => {
    const { file } = await read(text, TYPE);
    assert.equal(String(file), 'the picture');
  });
}

test('a picture comes out to the byte, however it is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 20_000 }),
      fc.integer({ min: 1, max: 9_000 }),
      async (picture, pieceBytes) => {
        const [before, after] = form('xyz', [FIELD, 'a'], [FILE, '|']).split('|');
        const text = Buffer.concat([Buffer.from(before ?? ''), picture, Buffer.from(after ?? '')]);
        fc.pre(!Buffer.from(picture).includes('\r\n--xyz'));
        const { file } = await read(text, 'multipart/form-data; boundary=xyz', pieceBytes);
        assert.ok(Buffer.isBuffer(file), String(file));
        assert.equal(Buffer.compare(file, picture), 0);
      },
    ),
    { numRuns: 40 },
  );
});

const refused: [title: string, form: string, contentType: string, why: RegExp][] = [
  ['no boundary', form('x', [FILE, 'a']), 'multipart/form-data', /names no boundary/],
  ['another boundary', form('x', [FILE, 'a']), 'multipart/form-data; boundary=y', /could not be read/],
  ['no file', form('x', [FIELD, 'a']), TYPE, /holds no file/],
  ['nothing', '', TYPE, /could not be read/],
  ['nothing but fields of a query', 'a=b', TYPE, /could not be read/],
  ['a form that is cut in its file', form('x', [FILE, 'the picture']).slice(0, -12), TYPE, /cut off/],
  ['a form that is cut in a header', form('x', [FILE, 'the picture']).slice(0, 30), TYPE, /cut off/],
  ['a header that has no end', `--x\r\n${'Content-Type: a\r\n'.repeat(40_000)}`, TYPE, /cut off/],
];
for (const [title, text, contentType, why] of refused) {
  test(`a form is refused, in words: ${title}`, async () => {
    const { file } = await read(text, contentType);
    assert.ok(file instanceof CodedError, String(file));
    assert.equal(file.code, 'bad_request');
    assert.match(file.message, why);
  });
}

const many: [title: string, onePart: string][] = [
  ['empty parts', '--x\r\n\r\n'],
  ['fields', part('x', FIELD, 'a')],
  ['files', part('x', FILE, 'a')],
];
for (const [title, onePart] of many) {
  test(`a form of very many ${title} is refused, and not read further than its beginning`, async () => {
    for (const contentType of [TYPE, 'multipart/form-data; a=b; boundary = "x"']) {
      const { file, readBytes } = await read(onePart.repeat(186_000), contentType);
      assert.ok(file instanceof CodedError && /20 parts/.test(file.message), String(file));
      assert.ok(readBytes <= 64 << 10, `${readBytes} bytes were read`);
    }
  });
}

test('an error of the body is passed on unchanged', async () => {
  async function* body() {
    yield Buffer.from(part('x', FILE, 'a'));
    throw new CodedError('frame_too_large', 'too much');
  }
  await assert.rejects(readFirstFile(body(), TYPE), { code: 'frame_too_large' });
});
