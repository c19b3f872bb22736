import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { BIN, ended } from '../testing/runCommand.ts';

test('"livelens config" prints what is in force, for programs too, and fails with 1 where the server would not start', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'livelens.config.yaml');
  await writeFile(file, 'PORT: 4000\nTOKEN: let-me-in\n');
  const config = (...args: string[]) => {
    const { TOKEN: _, PORT: __, ...env } = process.env;
    return ended(
      spawn(process.execPath, [BIN, 'config', ...args], { cwd: folder, env: { ...env, MAX_AGE_MS: '900' } }),
    );
  };
  const [json, text, wrong, unknown] = await Promise.all([
    config('--json', '--max-sessions', '7'),
    config(),
    config('--port', '65536'),
    config('--prot', '1'),
  ]);
  assert.equal(json.code, 0, json.err);
  const shown = JSON.parse(json.out);
  assert.equal(shown.file, await realpath(file));
  assert.deepEqual(shown.settings.PORT, { value: '4000', origin: 'file' });
  assert.deepEqual(shown.settings.MAX_AGE_MS, { value: '900', origin: 'environment' });
  assert.deepEqual(shown.settings.MAX_SESSIONS, { value: '7', origin: 'flag' });
  assert.doesNotMatch(json.out + text.out, /let-me-in/);
  assert.match(text.out, /^TOKEN +file +\(set\)$/m);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /Flag --port: a whole number from 0 to 65,535 expected, got "65536"/);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /The nearest is --port/);
});
