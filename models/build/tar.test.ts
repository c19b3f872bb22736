import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { ImportError } from '../../server/import/importError.ts';
import { readTarball } from './tar.ts';

/** One entry of a tar archive: its header and its content, padded to whole blocks. */
function entry(path: string, content: string, { type = '0', prefix = '' } = {}): Buffer {
  const header = Buffer.alloc(512);
  const bytes = Buffer.from(content);
  header.write(path, 0);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\0', 257);
  header.write(prefix, 345);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
const end = Buffer.alloc(1024);

test('reads files, long names included, and leaves out what is no file', () => {
  const files = readTarball(
    gzipSync(
      Buffer.concat([
        entry('package/', '', { type: '5' }),
        entry('package/a.txt', 'alpha'),
        entry('b.txt', 'x'.repeat(700), { prefix: 'package/deep' }),
        entry('PaxHeader', '30 mtime=1700000000.123456789\n27 path=package/long/name\n', { type: 'x' }),
        entry('package/cut', 'gamma'),
        entry('package/empty', ''),
        end,
      ]),
    ),
  );
  const texts = [...files].map(([path, content]) => [path, Buffer.from(content).toString()]);
  assert.deepEqual(texts, [
    ['package/a.txt', 'alpha'],
    ['package/deep/b.txt', 'x'.repeat(700)],
    ['package/long/name', 'gamma'],
    ['package/empty', ''],
  ]);
});

test('refuses what is no gzip, no tar, or ends too early', () => {
  const cut = entry('package/a.txt', 'x'.repeat(2000)).subarray(0, 1500);
  for (const archive of [Buffer.from('plain'), gzipSync(Buffer.alloc(600, 'z')), gzipSync(cut)]) {
    assert.throws(
      () => readTarball(archive),
      (error) => error instanceof ImportError && error.code === 'malformed_source',
    );
  }
});
