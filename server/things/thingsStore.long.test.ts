import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { program } from '../testing/program.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { taughtSample } from '../testing/taughtSamples.ts';
import { openThingsStore } from './thingsStore.ts';

const FULL = 3;

async function prepare(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(root, { recursive: true }));
  const before = path.join(root, 'before');
  const mine = await (await openThingsStore(before, SILENT_LOG)).findOrCreate('mine');
  for (const [at, name] of ['mug', 'mug', 'pen'].entries()) await mine.add({ name }, taughtSample(at + 1));
  return { root, before };
}

/** What a server finds that starts now; each file that is named is there, and no other. */
async function contentOf(thingsDir: string): Promise<string> {
  const store = await openThingsStore(thingsDir, SILENT_LOG);
  if (!store.has('mine')) {
    assert.deepEqual(await readdir(thingsDir), []);
    return 'gone';
  }
  const mine = store.find('mine');
  const shown: string[] = [];
  for (const { name, samples } of mine.things) {
    for (const { id } of samples) {
      assert.equal((await mine.picture(id))[2], (await mine.views(id))[0]?.[0]);
      shown.push(`${name} ${(await mine.picture(id))[2]}`);
    }
  }
  if (mine.canUndo) await mine.undo();
  for (const { samples } of mine.things) for (const { id } of samples) await mine.views(id);
  const files = await readdir(path.join(thingsDir, 'mine', 'samples'));
  assert.equal(files.length, 2 * mine.things.flatMap(({ samples }) => samples).length, files.join(' '));
  assert.deepEqual(await readdir(path.join(thingsDir, 'mine')), ['collection.json', 'samples']);
  return shown.join(', ');
}

const run = (...args: string[]) =>
  new Promise<number | NodeJS.Signals | null>((resolve) => {
    const child = spawn(
      process.execPath,
      [...program('killedThings', 'server/testing/killedThings.ts'), ...args],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });

const OLD = 'mug 1, mug 2, pen 3';
const CHANGES = {
  add: `${OLD}, pot 9`,
  remove: 'mug 2, pen 3',
  undo: 'mug 1, mug 2',
  clear: 'gone',
};

for (const [change, now] of Object.entries(CHANGES)) {
  for (const luck of ['killed', 'full']) {
    const outcome =
      luck === 'killed' ? 'leaves the old collection or the new one' : 'says so and loses nothing';
    const when = luck === 'killed' ? 'a process that is killed' : 'a disk that is full';
    test(`${when} at any step of "${change}" ${outcome}`, async (t) => {
      const { root, before } = await prepare(t);
      const seen = new Set<string>();
      let steps = 0;
      for (let step = 1; ; step++) {
        const dir = path.join(root, String(step));
        await cp(before, dir, { recursive: true });
        const end = await run(dir, change, luck, String(step));
        const content = await contentOf(dir);
        if (end === 0) {
          assert.equal(content, now);
          break;
        }
        assert.equal(end, luck === 'killed' ? 'SIGKILL' : FULL);
        assert.ok([OLD, now].includes(content), content);
        seen.add(content);
        steps = step;
      }
      assert.ok(steps >= 2 && seen.has(OLD), `${steps} steps: ${[...seen]}`);
    });
  }
}
