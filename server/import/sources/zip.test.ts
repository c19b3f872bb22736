import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeZip, type ZipEntry } from '../../testing/makeZip.ts';
import { unzip } from './zip.ts';

async function unpack(t: TestContext, bytes: Uint8Array, maxBytes = 100e6) {
  const root = await mkdtemp(path.join(tmpdir(), 'livelens-zip-'));
  t.after(() => rm(root, { recursive: true }));
  const file = path.join(root, 'a.zip');
  const dir = path.join(root, 'in/it');
  await mkdir(dir, { recursive: true });
  await writeFile(file, bytes);
  const files = unzip(file, dir, { maxBytes });
  return { files, dir, root };
}

test('files are unpacked, with their folders and without clutter', async (t) => {
  const { files, dir } = await unpack(
    t,
    makeZip([
      { name: 'model/', content: '' },
      { name: 'model/weights.bin', content: new Uint8Array(5_000) },
      { name: '__MACOSX/model/._weights.bin', content: 'x' },
      { name: 'model/Ünïcode.txt', content: 'hello' },
      { name: '.DS_Store', content: 'x' },
    ]),
  );
  assert.deepEqual(await files, ['model/weights.bin', 'model/Ünïcode.txt']);
  assert.equal(await readFile(path.join(dir, 'model/Ünïcode.txt'), 'utf8'), 'hello');
  assert.deepEqual((await readdir(dir)).sort(), ['model']);
});

test('entries that are no files count, too', async (t) => {
  const folders = Array.from({ length: 6_001 }, (_, i) => ({ name: `f${i}/`, content: '' }));
  await assert.rejects((await unpack(t, makeZip(folders))).files, { code: 'too_large' });
});

const one = (name: string): ZipEntry[] => [{ name, content: 'x' }];
const noise = randomBytes(2_000);
const zeros = new Uint8Array(60e6);
const hostile: [title: string, entries: ZipEntry[], code: string][] = [
  ['a path that climbs out', one('../../out.txt'), 'malformed_source'],
  ['a path that climbs out after going in', one('a/../../../out.txt'), 'malformed_source'],
  ['an absolute path', one('/etc/out.txt'), 'malformed_source'],
  ['a Windows drive', one('C:/out.txt'), 'malformed_source'],
  ['backslashes', one('..\\out.txt'), 'malformed_source'],
  ['a device of Windows', one('aux.txt'), 'malformed_source'],
  ['an alternate data stream', one('a.txt:evil'), 'malformed_source'],
  ['a name that ends with a dot', one('a.'), 'malformed_source'],
  ['a control character', one('a\nb'), 'malformed_source'],
  ['an empty part', one('a//b'), 'malformed_source'],
  ['very deep folders', one(`${'a/'.repeat(20)}b`), 'malformed_source'],
  ['a symbolic link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }], 'malformed_source'],
  ['the same name twice', [...one('a.txt'), ...one('a.txt')], 'malformed_source'],
  ['names that are one on some systems', [...one('a.txt'), ...one('A.TXT')], 'malformed_source'],
  ['a file that is a folder, too', [...one('a'), ...one('a/b')], 'malformed_source'],
  ['an encrypted file', [{ name: 'a', content: 'x', isEncrypted: true }], 'malformed_source'],
  [
    'more bytes than it says',
    [{ name: 'a', content: new Uint8Array(9_000), claimedBytes: 10 }],
    'malformed_source',
  ],
  ['fewer bytes than it says', [{ name: 'a', content: 'x', claimedBytes: 10 }], 'malformed_source'],
  ['more than is taken', [{ name: 'a', content: new Uint8Array(2e6), claimedBytes: 200e6 }], 'too_large'],
  ['a bomb', [{ name: 'a', content: zeros }], 'too_large'],
  [
    'files that share their bytes',
    [
      { name: 'a', content: noise },
      ...Array.from({ length: 50 }, (_, i) => ({
        name: `b${i}`,
        content: noise,
        isShared: true,
      })),
    ],
    'too_large',
  ],
  ['very many files', Array.from({ length: 2_001 }, (_, i) => ({ name: `f${i}`, content: '' })), 'too_large'],
];
for (const [title, entries, code] of hostile) {
  test(`a zip with ${title} is refused, and nothing lies outside its folder`, async (t) => {
    const { files, root } = await unpack(t, makeZip(entries));
    await assert.rejects(files, { name: 'ImportError', code });
    assert.deepEqual((await readdir(root)).sort(), ['a.zip', 'in']);
    assert.deepEqual(await readdir(path.join(root, 'in')), ['it']);
  });
}

test('what is no zip, or half of one, is refused', async (t) => {
  const whole = makeZip([{ name: 'a', content: 'x'.repeat(10_000) }]);
  for (const bytes of [Buffer.from('PK\x03\x04 and nothing'), whole.subarray(0, whole.length - 30)]) {
    await assert.rejects((await unpack(t, bytes)).files, { code: 'malformed_source' });
  }
});
