import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { BIN, ended } from '../testing/runCommand.ts';

/** Run from a folder that is not that of the package. */
async function open(t: TestContext) {
  const cwd = await temporaryFolder(t);
  const run = (args: string, env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [BIN, ...args.split(' ')], {
      cwd,
      env: { ...process.env, LIVELENS_CONFIG_DIR: path.join(cwd, '.config'), ...env },
    });
    t.after(() => void child.kill('SIGKILL'));
    return child;
  };
  return { cwd, run, end: (args: string, env?: Record<string, string>) => ended(run(args, env)) };
}

test('serve and worker tell how they are used', async (t) => {
  const { end } = await open(t);
  for (const role of ['serve', 'worker']) {
    const { code, out } = await end(`${role} --help`);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^node bin/livelens\\.js ${role} `));
    assert.match(out, /--queue URL/);
  }
  assert.match((await end('--help')).out, /livelens worker --queue nats:/);
});

test('what is wrong is said, with what to do, and exit code 1', async (t) => {
  const { cwd, end } = await open(t);
  const wrong = [
    ['worker', /A worker needs QUEUE, .*livelens worker --queue nats:\/\/nats\.example:4222/],
    ['worker --queue', /Flag --queue: a value is missing/],
    ['worker --queue http://127.0.0.1', /Flag --queue: addresses such as nats:/],
    ['worker --dev', /Flag --dev: there is no such flag/],
    ['serve --queu nats://127.0.0.1', /Flag --queu: there is no such flag. The nearest is --queue/],
    ['serve worker', /Unexpected argument "worker"/],
  ] as const;
  const results = await Promise.all(wrong.map(([args]) => end(args, { LOG_LEVEL: 'silent' })));
  for (const [at, [args, why]] of wrong.entries()) {
    assert.match(results[at]?.err ?? '', why, args);
    assert.equal(results[at]?.code, 1, args);
  }
  await writeFile(path.join(cwd, 'livelens.config.yaml'), 'QUEUE: http://127.0.0.1\n');
  // The file of settings of the folder where it was started.
  assert.match((await end('worker')).err, /QUEUE in .*livelens\.config\.yaml: addresses such as nats:/);
});
