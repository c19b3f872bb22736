import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importModel } from '../../run/importModel.ts';
import { NO_COST } from '../importForTests.ts';
import { smallTowers, writeTowers } from './smallTowers.ts';

/** For tests in a browser: a model of words in a models directory, which looks for red and green. */
export async function addTowers(modelsDir: string): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-towers-'));
  const stagingDir = path.join(modelsDir, 'towers');
  await mkdir(stagingDir);
  const source = {
    description: 'a test',
    dir: await writeTowers(path.join(dir, 'model'), smallTowers('clip')),
  };
  const options = { id: 'towers', name: 'Towers', labels: ['red', 'green'] };
  await importModel(source, options, { stagingDir, measureCost: NO_COST });
  await rm(dir, { recursive: true });
}
