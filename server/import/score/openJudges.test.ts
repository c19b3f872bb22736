import assert from 'node:assert/strict';
import test from 'node:test';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import type { JudgedVersion } from './judge.ts';
import { openJudges } from './openJudges.ts';

test('a file with boxes is refused where the model gives none', async (t) => {
  const folder = await temporaryFolder(t);
  const open = (task: string) => {
    const version = { manifest: { task }, labels: ['cat'] } as unknown as JudgedVersion;
    return openJudges({ folder, truthFile: 'boxes.json', worst: 1 }, [version]);
  };
  for (const [task, message] of [
    ['image-classification', /--truth is for detectors\. .* a folder for each class/],
    ['semantic-segmentation', /--truth is for detectors\. .* PNG masks/],
  ] as const) {
    await assert.rejects(open(task), { code: 'unknown_source', message });
  }
  await assert.rejects(open('keypoint-detection'), { message: /holds no JPEG, PNG or WebP pictures/ });
});
