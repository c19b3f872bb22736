import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import { NO_COST } from '../testing/importForTests.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { importModelFolder } from './importModelFolder.ts';

const cases: Record<string, [options: ImportOptions, right: RegExp]> = {
  'how pictures are prepared': [
    { fit: 'crop' },
    /"fit" of a model folder comes from its manifest; only id, name/,
  ],
  'a default score below what the graphs give': [
    { minScore: 0.05 },
    /no score below 0\.1.*Give 0\.1 or more/,
  ],
};
for (const [what, [options, right]] of Object.entries(cases)) {
  test(`a model folder cannot be given ${what}`, async (t) => {
    const source = { description: 'folder coco-ssd', dir: 'models/coco-ssd', entry: 'manifest.json' };
    const context = { stagingDir: await temporaryFolder(t), measureCost: NO_COST };
    await assert.rejects(importModelFolder(source, options, context), (error: Error & { code?: string }) => {
      assert.deepEqual([error.code, right.test(error.message)], ['malformed_source', true], error.message);
      return true;
    });
  });
}

test('a model folder whose files are missing is refused with what is missing', async (t) => {
  const dir = await temporaryFolder(t);
  await copyFile('models/coco-ssd/manifest.json', `${dir}/manifest.json`);
  const context = { stagingDir: await temporaryFolder(t), measureCost: NO_COST };
  const source = { description: 'folder a', dir, entry: 'manifest.json' };
  await assert.rejects(importModelFolder(source, {}, context), /The model folder is invalid\..*model\.onnx/);
});
