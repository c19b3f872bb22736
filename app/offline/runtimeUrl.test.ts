import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findRuntime } from '../../server/http/runtimeFiles.ts';
import { RUNTIME_URL } from './runtimeUrl.ts';

test('the runtime is asked for by the version that is installed', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
  assert.equal(RUNTIME_URL, `runtime/${dependencies['onnxruntime-web']}/`);
  assert.equal((await findRuntime()).version, dependencies['onnxruntime-web']);
});
