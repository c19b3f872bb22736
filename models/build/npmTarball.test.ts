import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ImportError } from '../../server/import/importError.ts';
import { fetchNpmTarball, integrityOf, type NpmPin } from './npmTarball.ts';

const content = Buffer.from('a tarball');
const pin: NpmPin = { name: '@scope/some-package', version: '1.2.3', integrity: integrityOf(content) };
const file = 'scope-some-package-1.2.3.tgz';

test('packs once, then reads the cache', async (t) => {
  const directory = await temporaryDirectory(t);
  let packed = 0;
  const pack = async () => {
    packed++;
    await writeFile(join(directory, file), content);
  };
  assert.deepEqual(await fetchNpmTarball(pin, { directory, pack }), content);
  assert.deepEqual(await fetchNpmTarball(pin, { directory, pack }), content);
  assert.equal(packed, 1);
});

test('packs again when the cached file is not what is pinned', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, file), 'half a tar');
  const pack = () => writeFile(join(directory, file), content);
  assert.deepEqual(await fetchNpmTarball(pin, { directory, pack }), content);
});

test('refuses and removes what is not what is pinned', async (t) => {
  const directory = await temporaryDirectory(t);
  const pack = () => writeFile(join(directory, file), 'something else');
  await assert.rejects(
    fetchNpmTarball(pin, { directory, pack }),
    (error) => error instanceof ImportError && error.code === 'integrity_mismatch',
  );
  assert.deepEqual(await readdir(directory), []);
});

async function temporaryDirectory(t: test.TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'livelens-pack-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}
