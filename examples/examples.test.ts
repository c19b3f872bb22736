import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { framesOf } from '../e2e/footage/clips.ts';
import { drawClip } from '../e2e/footage/footage.ts';
import { testServer } from '../server/testing/testServer.ts';

/** An example, as its first lines say to run it. */
const run = (file: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', `examples/${file}`, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });

const linesOf = ({ stdout }: ChildProcess) => createInterface({ input: stdout ?? assert.fail('no output') });

test('each example has at most 20 lines of code', async () => {
  const files = (await readdir('examples')).filter(
    (name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'),
  );
  assert.deepEqual(files.sort(), ['page.ts', 'react.tsx', 'sort.ts', 'watch.ts']);
  for (const file of files) {
    const lines = (await readFile(`examples/${file}`, 'utf8')).split('\n');
    const code = lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    assert.ok(code.length <= 20, `${file} has ${code.length} lines of code`);
  }
});

test('watch.ts names what a video shows, and rings for the thing that is wanted', async (t) => {
  const server = await testServer(t);
  const example = run('watch.ts', server.url, 'cat');
  const jpegs = await drawClip(framesOf('cat-still').slice(0, 30));
  // A camera: a picture every 33 ms, whatever becomes of it.
  let sent = 0;
  const camera = setInterval(() => example.stdin?.write(jpegs[sent++ % jpegs.length]), 33);
  t.after(() => {
    clearInterval(camera);
    example.kill();
  });
  for await (const line of linesOf(example)) {
    assert.equal(line, 'cat\x07');
    break;
  }
  clearInterval(camera);
  example.stdin?.end();
  const [code] = await new Promise<[number | null]>((resolve) => {
    example.once('exit', (exitCode) => resolve([exitCode]));
  });
  assert.equal(code, 0, 'it ends when the video ends');
});

test('sort.ts sorts photos into folders by what they show, and leaves the photos where they are', async (t) => {
  const server = await testServer(t);
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-photos-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['cat.png', 'cup.png']) await cp(`e2e/media/${name}`, path.join(folder, name));
  const lines: string[] = [];
  for await (const line of linesOf(run('sort.ts', server.url, folder))) lines.push(line);
  assert.deepEqual(lines.sort(), ['cat.png: cat', 'cup.png: cup']);
  assert.deepEqual((await readdir(folder)).sort(), ['cat', 'cat.png', 'cup', 'cup.png']);
  assert.deepEqual(await readFile(path.join(folder, 'cat/cat.png')), await readFile('e2e/media/cat.png'));
});
