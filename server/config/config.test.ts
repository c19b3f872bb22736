import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { readConfig } from './config.ts';

test('an empty MODELS_DIR is one that is not set, and not the folder of the package', () => {
  const root = path.resolve('somewhere');
  const dirOf = (env: Record<string, string>) => readConfig(env as NodeJS.ProcessEnv, { root }).modelsDir;
  const usual = path.join(root, 'models');
  assert.equal(dirOf({}), usual);
  assert.equal(dirOf({ MODELS_DIR: '' }), usual);
  assert.equal(dirOf({ MODELS_DIR: '  ' }), usual);
  assert.equal(dirOf({ MODELS_DIR: 'mine' }), path.join(root, 'mine'));
});
