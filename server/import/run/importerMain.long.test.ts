import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { program } from '../../testing/program.ts';

/** Keeps the first thread of the importer busy from its task on, as a runtime does in the middle of a large model. */
const BUSY = `
  import { writeSync } from 'node:fs';
  process.on('newListener', function add(name) {
    if (name !== 'message') return;
    process.off('newListener', add);
    process.once('message', () => setImmediate(() => {
      writeSync(2, 'busy');
      for (;;);
    }));
  });`;

/** A process that asks an importer, and waits. */
const PARENT = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send({ type: 'measure', dir: 'nowhere', maxMemoryBytes: 1e10 });`;

test('an importer ends with the process that asked it, also where a runtime keeps it busy', async (t) => {
  const busy = `data:text/javascript,${encodeURIComponent(BUSY)}`;
  const importer = ['--import', busy, ...program('importer', 'server/import/run/importerMain.ts')];
  const parent = spawn(process.execPath, ['--eval', PARENT, '--', ...importer], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => parent.kill('SIGKILL'));
  await once(parent.stderr, 'data');
  parent.kill('SIGKILL');
  // The importer holds it too.
  await once(parent, 'close');
});
