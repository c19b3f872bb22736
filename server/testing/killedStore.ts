import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createModelStore } from '../library/store.ts';
import { stageVersion } from './stageVersion.ts';

/**
 * A process that changes a model and is killed, as by `kill -9`, right before the step on the disk that has the number
 * of its last argument. It ends with 0 when there are fewer.
 *
 *     killedStore.ts MODELS_DIR activate|try|rollback STEP
 */
const [modelsDir = '', change, step] = process.argv.slice(2);
const store = createModelStore(modelsDir);
const staged = await store.stage();
await stageVersion(staged.dir, 'mine', 'new');

let steps = 0;
function counted<Args extends unknown[], Result>(call: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => {
    steps += 1;
    if (steps === Number(step)) process.kill(process.pid, 'SIGKILL');
    return call(...args);
  };
}
const { open, rename, mkdir, rm } = fs.promises;
Object.assign(fs.promises, {
  open: counted(open),
  rename: counted(rename),
  mkdir: counted(mkdir),
  rm: counted(rm),
});
syncBuiltinESMExports();

if (change === 'activate') await store.activate('mine', staged.dir);
if (change === 'try') await store.activate('mine', staged.dir, { onTrial: true });
if (change === 'rollback') await store.rollback('mine');
