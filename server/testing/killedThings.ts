import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { withoutSample } from '../../vision/things/collectionIndex.ts';
import { openThingsStore } from '../things/thingsStore.ts';
import { SILENT_LOG } from './silentLog.ts';
import { taughtSample } from './taughtSamples.ts';

/**
 * A process that changes the collection `mine`, and has bad luck right before the step on the disk that has the number of its
 * last argument: it is killed, as by `kill -9`, or the disk is full from then on. It ends with 0 when there are fewer steps, and with
 * 3 when it was told that the disk is full.
 *
 *     killedThings.ts THINGS_DIR add|remove|undo|clear killed|full STEP
 */
const [thingsDir = '', change, luck, step] = process.argv.slice(2);
const store = await openThingsStore(thingsDir, SILENT_LOG);

let steps = 0;
function luckRunsOut(): void {
  steps += 1;
  if (steps < Number(step)) return;
  if (luck === 'killed') process.kill(process.pid, 'SIGKILL');
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}
const { open, rename, mkdir, rm } = fs.promises;
Object.assign(fs.promises, {
  async open(...args: Parameters<typeof open>) {
    luckRunsOut();
    const handle = await open(...args);
    const { writeFile } = handle;
    handle.writeFile = async (...data) => {
      luckRunsOut();
      return writeFile.apply(handle, data);
    };
    return handle;
  },
  async rename(...args: Parameters<typeof rename>) {
    luckRunsOut();
    return rename(...args);
  },
  async mkdir(...args: Parameters<typeof mkdir>) {
    luckRunsOut();
    return mkdir(...args);
  },
  async rm(...args: Parameters<typeof rm>) {
    // A full disk still gives space back.
    if (luck === 'killed') luckRunsOut();
    return rm(...args);
  },
});
syncBuiltinESMExports();

try {
  const mine = store.find('mine');
  const [first] = mine.things[0]?.samples ?? [];
  if (change === 'add') await mine.add({ name: 'pot' }, taughtSample(9));
  if (change === 'remove') await mine.change((things) => withoutSample(things, first?.id ?? ''));
  if (change === 'undo') await mine.undo();
  if (change === 'clear') await store.remove('mine');
} catch (error) {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'not_writable') throw error;
  process.exitCode = 3;
}
