import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { openCompanions } from '../sources/companionFiles.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { readHints } from './hints.ts';

test('a configuration that holds itself, or is no YAML, is warned of and says nothing', async (t) => {
  for (const text of ['Preprocess: &all\n- {type: Resize, target_size: *all}\n', 'Preprocess: [']) {
    const dir = await temporaryFolder(t);
    await writeFile(path.join(dir, 'infer_cfg.yml'), text);
    const { declared, warnings } = await readHints(dir, await openCompanions(dir, 'model.onnx'), new Map());
    assert.deepEqual(declared, {});
    assert.match(warnings.map((one) => one.text).join('\n'), /infer_cfg\.yml/);
  }
});
