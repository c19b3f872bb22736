import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { tinyClassifier } from '../import/testing/modelsForTests.ts';
import { httpServer } from '../testing/httpServer.ts';
import { huggingFace } from '../testing/huggingFace.ts';
import { BIN, ended, NO_SERVER, openCommand } from '../testing/runCommand.ts';

test('a model is added, shown, verified, updated, rolled back and removed', async (t) => {
  const { run, modelsDir, leftovers } = await openCommand(t);
  const added = await run('add tiny.onnx --labels labels.txt --mean 1,2,3 --scale 1/255 --name Small --yes');
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /mean +1, 2, 3 +given/);
  assert.match(added.out, /labels +3: ant, bee, cow/);
  assert.match(added.out, /cat +(ant|bee|cow) 0\.\d\d/);
  assert.match(added.out, /ms per picture on one core, .* of memory/);
  assert.match(added.err, /A server that starts there will serve it/);

  const second = JSON.parse((await run('add other.onnx --id small --yes --json')).out);
  assert.equal(second.outcome, 'activated');
  const listed = await run('list');
  assert.match(listed.out, /^small +[0-9a-f]{12} +image-classification +4 /m);
  assert.match(listed.out, /^coco-ssd /m);
  const shown = await run('show small');
  assert.equal(shown.out.match(/[0-9a-f]{12} {2}20/g)?.length, 2);
  const verified = await run('verify small');
  assert.equal(verified.code, 0);
  assert.match(verified.out, /agrees with its own answers at import/);
  assert.match(verified.out, /no reference images to check against; only consistency is checked/);

  assert.equal((await run('rollback small')).code, 0);
  const back = JSON.parse((await run('show small --json')).out);
  assert.deepEqual(back.labels, ['ant', 'bee', 'cow']);
  assert.equal((await run(`rollback small ${second.report.version}`)).code, 0);
  assert.equal(JSON.parse((await run('show small --json')).out).version, second.report.version);

  const asked = await run('remove small');
  assert.equal(asked.code, 2);
  assert.match(asked.err, /--yes/);
  assert.equal((await run('remove small --yes')).code, 0);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
  assert.deepEqual(await leftovers(), []);
});

test('a model that does not agree with its goldens any more is found', async (t) => {
  const { run, modelsDir } = await openCommand(t);
  const golden = path.join(modelsDir, 'coco-ssd/goldens/cup.json');
  await writeFile(golden, (await readFile(golden, 'utf8')).replace('"cup"', '"cat"'));
  const { code, out } = await run('verify');
  assert.equal(code, 1);
  assert.match(out, /DISAGREES/);
  assert.match(
    out,
    /! It does not answer as where it was trained: 1 of 4 recorded pictures differs, .* cup\.png: cat 0/,
  );
  assert.match(out, /^ {6}cup\.png: no "cat" of score/m);
});

test('a second model of a derived name never replaces the first unasked', async (t) => {
  const { run, write, folder } = await openCommand(t);
  for (const [runOf, classes] of Object.entries({ cats: 3, dogs: 4 })) {
    await mkdir(path.join(folder, 'runs', runOf, 'weights'), { recursive: true });
    await write(`runs/${runOf}/weights/best.onnx`, tinyClassifier({ classes }));
  }
  assert.equal((await run('add runs/cats/weights/best.onnx --yes')).code, 0);
  const unasked = await run('add runs/dogs/weights/best.onnx');
  assert.equal(unasked.code, 2);
  assert.match(unasked.err, /called "best" exists already, from file best.onnx/);
  const second = await run('add runs/dogs/weights/best.onnx --yes');
  assert.equal(second.code, 0, second.err);
  assert.match(second.err, /added as "dogs-best".*--id best/);
  // At once: each gets a name of its own.
  await write('鳥.onnx', tinyClassifier({ classes: 5 }));
  await write('tiny2.onnx', tinyClassifier({ classes: 6 }));
  const both = await Promise.all([
    run('add 鳥.onnx --yes --json'),
    run('add tiny2.onnx --name 鳥 --yes --json'),
  ]);
  const ids = both.map(({ out }) => JSON.parse(out).report.id);
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) assert.match(id, /model-[0-9a-f]{6}(-2)?$/);
  const listed = (await run('list')).out;
  assert.match(listed, /^best +[0-9a-f]{12} +image-classification +3 .* best$/m);
  assert.match(listed, /^dogs-best +[0-9a-f]{12} +image-classification +4 .* dogs best$/m);
  assert.match(listed, /^model-[0-9a-f]{6} .* 鳥$/m);
});

test('without a yes nothing changes', async (t) => {
  const { run, modelsDir, leftovers } = await openCommand(t);
  const { code, out, err } = await run('add tiny.onnx');
  assert.equal(code, 2);
  assert.match(out, /Decisions/);
  assert.match(err, /Nothing changed: .*--yes/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
  assert.deepEqual(await leftovers(), []);
});

const SCRIPT = '/usr/bin/script';
const hasScript = process.platform === 'linux' && existsSync(SCRIPT);
test('at a terminal it asks', { skip: !hasScript && 'no "script" to make a terminal with' }, async (t) => {
  const { modelsDir, folder } = await openCommand(t);
  const answer = async (reply: string): Promise<{ code: number | null; shown: string }> => {
    const command = `'${process.execPath}' '${BIN}' models add tiny.onnx`;
    const env = { ...process.env, MODELS_DIR: modelsDir, PORT: NO_SERVER };
    const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], { cwd: folder, env });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      const isNew = !shown.includes('[y/N]');
      shown += chunk;
      if (isNew && shown.includes('[y/N]')) child.stdin.write(reply);
    });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, shown })));
  };
  const no = await answer('\r');
  assert.equal(no.code, 1);
  assert.match(no.shown, /Make it live as "tiny"\? \[y\/N\]/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
  const yes = await answer('y\r');
  assert.equal(yes.code, 0, yes.shown);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd', 'tiny']);
});

test('models come from an address and from Hugging Face, with progress', async (t) => {
  const { run } = await openCommand(t);
  const bytes = tinyClassifier({ classes: 3 });
  const hub = await huggingFace(t, {
    'me/small-net': {
      license: 'apache-2.0',
      files: {
        'onnx/model.onnx': bytes,
        'config.json': JSON.stringify({ id2label: { 0: 'x', 1: 'y', 2: 'z' } }),
        'preprocessor_config.json': JSON.stringify({
          image_mean: [0.5, 0.5, 0.5],
          image_std: [0.5, 0.5, 0.5],
        }),
      },
    },
  });
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_secret' };
  const inside = await run('add hf:me/small-net --yes', env);
  assert.equal(inside.code, 1);
  assert.match(inside.err, /--allow-private/);
  const added = await run('add hf:me/small-net --yes --allow-private', env);
  assert.equal(added.code, 0, added.err);
  assert.match(added.err, /downloading onnx\/model.onnx/);
  assert.match(added.out, /mean +0.5, 0.5, 0.5 +said by the model/);
  assert.match(added.out, /licence +Apache-2.0/);
  assert.doesNotMatch(added.out + added.err, /hf_secret/);
  const shown = JSON.parse((await run('show small-net --json')).out);
  assert.deepEqual(shown.labels, ['x', 'y', 'z']);
  assert.match(shown.source, /^hf:me\/small-net@[0-9a-f]{40}\/onnx\/model.onnx$/);

  const { url } = await httpServer(t, (_, response) => response.end(bytes));
  const web = await run(`add ${url}/nets/model.onnx --yes --json --allow-private`);
  assert.equal(JSON.parse(web.out).report.id, 'nets', web.err);
});

test('who interrupts it has changed nothing', async (t) => {
  const { start, modelsDir, leftovers } = await openCommand(t);
  const stuck = await httpServer(t, (_, response) => {
    response.write('half', () => child.kill('SIGINT'));
  });
  const child = start(['add', `${stuck.url}/a.onnx`, '--yes', '--allow-private']);
  const { code, err } = await ended(child);
  assert.equal(code, process.platform === 'win32' ? null : 130, err);
  if (process.platform === 'win32') return;
  assert.match(err, /Interrupted; nothing changed/);
  assert.deepEqual(await leftovers(), []);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});

const wrong: [args: string, code: number, says: RegExp][] = [
  ['', 2, /add SOURCE/],
  ['fly', 2, /no command "fly"/],
  ['add', 2, /SOURCE is missing/],
  ['add a b', 1, /a: There is no file.*b: There is no file/s],
  ['show a b', 2, /Unexpected argument "b"/],
  ['add tiny.onnx --bogus', 2, /--bogus.*--help/s],
  ['add tiny.onnx --mean 1,2', 2, /--mean: expected three numbers/],
  ['add tiny.onnx --std a,b,c', 2, /--std: expected a number/],
  [
    'add tiny.onnx --task birds',
    2,
    /--task: expected object-detection, keypoint-detection, instance-segmentation, semantic-segmentation, image-classification, image-embedding, got/,
  ],
  ['add tiny.onnx --size large', 2, /--size: expected WIDTHxHEIGHT/],
  ['add tiny.onnx --min-score 7', 2, /--min-score/],
  ['add tiny.onnx --box-order corners', 2, /--box-order: expected left-top-right-bottom, /],
  ['add tiny.onnx --labels nowhere.txt', 2, /--labels: .*nowhere.txt/],
  ['add tiny.onnx --samples nowhere', 2, /--samples/],
  ['add tiny.onnx --id Up', 2, /--id/],
  ['add tiny.onnx --id con', 2, /--id: .*Windows/],
  ['add nowhere.onnx', 1, /no file or folder .*nowhere.onnx/],
  ['add labels.txt --yes', 1, /ONNX/],
  ['list --server nowhere', 2, /--server: expected an address/],
  ['show nobody', 1, /no model "nobody".*coco-ssd/],
  ['remove coco-ssd --yes', 1, /only model/],
  ['rollback coco-ssd', 1, /no previous version/],
];
test('each mistake is reported with what to do, by its exit code', async (t) => {
  const { run } = await openCommand(t);
  for (const [args, code, says] of wrong) {
    const result = await run(args);
    assert.equal(result.code, code, `${args}: ${result.err}`);
    assert.match(result.out + result.err, says, args);
    assert.doesNotMatch(result.err, / at .*\.ts:\d+/, args);
  }
  for (const command of ['', 'add', 'list', 'show', 'verify', 'rollback', 'remove']) {
    const { code, out } = await run(`${command} --help`);
    assert.equal(code, 0, command);
    assert.match(out, new RegExp(`^npm run models -- ${command}`));
  }
});
