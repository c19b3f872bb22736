import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findRuntimes } from '../../server/http/runtimeFiles.ts';
import { LITERT_URL, RUNTIME_URL } from './runtimeUrl.ts';

test('both runtimes are asked for by the versions that are installed', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
  const folders = [dependencies['onnxruntime-web'], `litert-${dependencies['@litertjs/core']}`];
  assert.deepEqual(
    [RUNTIME_URL, LITERT_URL],
    folders.map((folder) => `runtime/${folder}/`),
  );
  assert.deepEqual(
    (await findRuntimes()).map(({ folder }) => folder),
    folders,
  );
});
