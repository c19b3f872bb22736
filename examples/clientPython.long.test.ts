import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { framesOf } from '../e2e/footage/clips.ts';
import { drawClip } from '../e2e/footage/footage.ts';
import { ONE_WORKER, testServer } from '../server/testing/testServer.ts';

const run = promisify(execFile);
const WEBSOCKETS = 'websockets==15.0.1';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-python-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/** A folder with the package, for PYTHONPATH; undefined, and the test skipped, where it cannot be had. */
async function websocketsFolder(t: TestContext): Promise<string | undefined> {
  const folder = await temporaryFolder(t);
  try {
    const quietly = ['--quiet', '--disable-pip-version-check', '--retries', '1'];
    await run(PYTHON, ['-m', 'pip', 'install', ...quietly, '--target', folder, WEBSOCKETS]);
    return folder;
  } catch (error) {
    t.skip(`No Python with ${WEBSOCKETS} can be had here: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

test('client.py has at most 40 lines of code', async () => {
  const source = await readFile('examples/client.py', 'utf8');
  const code = source.replace(/^"""[\s\S]*?"""\n/, '').split('\n');
  const lines = code.filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  assert.ok(lines.length <= 40, `${lines.length} lines of code`);
});

test('client.py names what the pictures of a folder show, and says what a server refuses', async (t) => {
  const modules = await websocketsFolder(t);
  if (modules === undefined) return;
  const folder = await temporaryFolder(t);
  const jpegs = await drawClip(framesOf('cat-still').slice(0, 2));
  for (const [index, jpeg] of jpegs.entries()) await writeFile(path.join(folder, `${index}.jpg`), jpeg);
  const token = 'a token of clients';
  const server = await testServer(t, { ...ONE_WORKER, token });
  const env = { ...process.env, PYTHONPATH: modules, TOKEN: token };
  const { stdout } = await run(PYTHON, ['examples/client.py', server.url, folder], { env });
  const lines = stdout.trim().split(/\r?\n/);
  assert.match(lines.at(-1) ?? '', /^1\.jpg 1 cat 0\.\d\d \[0\.\d+, 0\.\d+, 0\.\d+, 0\.\d+\]$/);
  const { TOKEN, ...without } = env;
  await assert.rejects(
    run(PYTHON, ['examples/client.py', server.url, folder], { env: without }),
    /unauthorized: /,
  );
});
