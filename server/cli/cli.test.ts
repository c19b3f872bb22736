import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { temporaryFolder, tinyClassifier } from '../models/import/modelsForTests.ts';
import { httpServer } from '../testing/httpServer.ts';
import { huggingFace } from '../testing/huggingFace.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { type TestServerOptions, testServer } from '../testing/testServer.ts';

const BIN = path.resolve('bin/livelens.js');
/** Nothing listens there. */
const NO_SERVER = '9';

interface Result {
  code: number | null;
  out: string;
  err: string;
}

async function open(t: TestContext) {
  const modelsDir = await modelsDirectory(t);
  const folder = await temporaryFolder(t);
  const env: Record<string, string> = { MODELS_DIR: modelsDir, PORT: NO_SERVER };
  const start = (args: readonly string[], more: Record<string, string> = {}): ChildProcess =>
    // From another folder, as people do.
    spawn(process.execPath, [BIN, 'models', ...args], {
      cwd: folder,
      env: { ...process.env, ...env, ...more },
    });
  const run = async (args: string, more: Record<string, string> = {}): Promise<Result> => {
    const child = start(args.split(' ').filter(Boolean), more);
    child.stdin?.end();
    return ended(child);
  };
  const write = (name: string, content: string | Uint8Array) => writeFile(path.join(folder, name), content);
  await write('tiny.onnx', tinyClassifier({ classes: 3 }));
  await write('other.onnx', tinyClassifier({ classes: 4 }));
  await write('labels.txt', 'ant\nbee\ncow\n');
  /** A server that serves the same folder, where the command looks for it. */
  const serve = async (options: TestServerOptions = {}) => {
    const server = await testServer(t, { modelsDir, ...options });
    env.PORT = String(server.port);
    return server;
  };
  const leftovers = async () =>
    (await readdir(path.join(modelsDir, '.incoming')).catch(() => [])).filter((name) => name !== 'locks');
  return { modelsDir, folder, start, run, write, serve, leftovers };
}

async function ended(child: ChildProcess): Promise<Result> {
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const read = (stream: ChildProcess['stdout']) => (stream ? text(stream) : '');
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: await code, out, err };
}

test('a model is added, shown, verified, updated, rolled back and removed', async (t) => {
  const { run, modelsDir, leftovers } = await open(t);
  const added = await run('add tiny.onnx --labels labels.txt --mean 1,2,3 --scale 1/255 --name Small --yes');
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /mean +1, 2, 3 +given/);
  assert.match(added.out, /labels +3: ant, bee, cow/);
  assert.match(added.out, /cat +(ant|bee|cow) 0\.\d\d/);
  assert.match(added.out, /ms a picture on one core, .* of memory/);
  assert.match(added.err, /a server that starts there serves it/);

  const second = JSON.parse((await run('add other.onnx --id small --yes --json')).out);
  assert.equal(second.outcome, 'activated');
  const listed = await run('list');
  assert.match(listed.out, /^small +[0-9a-f]{12} +image-classification +4 /m);
  assert.match(listed.out, /^coco-ssd /m);
  const shown = await run('show small');
  assert.equal(shown.out.match(/[0-9a-f]{12} {2}20/g)?.length, 2);
  const verified = await run('verify small');
  assert.equal(verified.code, 0);
  assert.match(verified.out, /agrees with onnxruntime-node/);

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
  const { run, modelsDir } = await open(t);
  const golden = path.join(modelsDir, 'coco-ssd/goldens/cup.json');
  await writeFile(golden, (await readFile(golden, 'utf8')).replace('"cup"', '"cat"'));
  const { code, out } = await run('verify');
  assert.equal(code, 1);
  assert.match(out, /DISAGREES/);
});

test('without a yes nothing changes', async (t) => {
  const { run, modelsDir, leftovers } = await open(t);
  const { code, out, err } = await run('add tiny.onnx');
  assert.equal(code, 2);
  assert.match(out, /What was decided/);
  assert.match(err, /Nothing was changed.*--yes/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
  assert.deepEqual(await leftovers(), []);
});

const SCRIPT = '/usr/bin/script';
const hasScript = process.platform === 'linux' && existsSync(SCRIPT);
test('at a terminal it asks', { skip: !hasScript && 'no "script" to make a terminal with' }, async (t) => {
  const { modelsDir, folder } = await open(t);
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

test('a server that runs takes it up, and its verdict is told', async (t) => {
  const { run, serve } = await open(t);
  const server = await serve();
  const added = await run('add tiny.onnx --labels labels.txt --yes');
  assert.equal(added.code, 0, added.err);
  assert.match(added.err, /tiny@[0-9a-f]{12} is live/);
  const ready = await (await fetch(`${server.url}/readyz`)).json();
  assert.match(ready.models.join(), /tiny@/);
  assert.match((await run('add other.onnx --id tiny --yes')).err, /is live/);
  assert.match((await run('rollback tiny')).err, /is live/);
});

test('what the server refuses is put back', async (t) => {
  const { run, serve, modelsDir } = await open(t);
  await serve({ models: { maxMemoryBytes: 1, maxSlowdown: 3 } });
  const { code, err } = await run('add tiny.onnx --yes');
  assert.equal(code, 1);
  assert.match(err, /refused tiny@.*MODELS_MEMORY_MB/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});

test('a server of another folder is not waited for', async (t) => {
  const { run, serve, modelsDir } = await open(t);
  await serve();
  const elsewhere = await temporaryFolder(t);
  await cp(modelsDir, elsewhere, { recursive: true });
  await cp(path.join(elsewhere, 'coco-ssd'), path.join(elsewhere, 'more'), { recursive: true });
  const { code, err } = await run('add tiny.onnx --yes', { MODELS_DIR: elsewhere });
  assert.equal(code, 0);
  assert.match(err, /a server that starts there serves it/);
});

test("a server elsewhere is changed by its API, with the operator's token", async (t) => {
  const { run, folder } = await open(t);
  const token = 'a token of sixteen or more';
  const there = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: token,
    trustProxy: true,
  });
  // A proxy in front of it, so that nobody is at its loopback interface.
  const proxy = await httpServer(t, (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-for': '203.0.113.9', host: 'lens.example' };
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    const { method = 'GET', url = '' } = request;
    const hasBody = method === 'POST';
    void import('node:http').then(({ request: ask }) => {
      const target = { host: '127.0.0.1', port: there.port, method, path: url, headers };
      const onward = ask(target, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      if (hasBody) request.pipe(onward);
      else onward.end();
    });
  });
  const server = `--server ${proxy.url}`;
  const forbidden = await run(`add tiny.onnx --yes ${server}`);
  assert.equal(forbidden.code, 1);
  assert.match(forbidden.err, /ADMIN_TOKEN/);

  const env = { ADMIN_TOKEN: token };
  const added = await run(`add tiny.onnx --id far --mean 1,2,3 --yes ${server}`, env);
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /mean +1, 2, 3 +given/);
  assert.match(added.err, /far@[0-9a-f]{12} is live at/);
  assert.match((await run(`list ${server}`, env)).out, /^far .* live /m);
  assert.match((await run(`verify far ${server}`, env)).out, /agrees/);
  assert.match((await run(`rollback far ${server}`, env)).err, /no version before/);

  // A folder is sent as a zip.
  await mkdir(path.join(folder, 'net'));
  await cp(path.join(folder, 'other.onnx'), path.join(folder, 'net/other.onnx'));
  await writeFile(path.join(folder, 'net/labels.txt'), 'a\nb\nc\nd\n');
  const packed = await run(`add net --yes --json ${server}`, env);
  assert.deepEqual(JSON.parse(packed.out).report.firstLabels, ['a', 'b', 'c', 'd'], packed.err);
  assert.equal((await run(`remove far --yes ${server}`, env)).code, 0);
  assert.match((await run(`list ${server.replace(/\d+$/, NO_SERVER)}`)).err, /No server of Livelens answers/);
});

test('models come from an address and from Hugging Face, with progress', async (t) => {
  const { run } = await open(t);
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
  const { start, modelsDir, leftovers } = await open(t);
  const stuck = await httpServer(t, (_, response) => {
    response.write('half', () => child.kill('SIGINT'));
  });
  const child = start(['add', `${stuck.url}/a.onnx`, '--yes', '--allow-private']);
  const { code, err } = await ended(child);
  assert.equal(code, process.platform === 'win32' ? null : 130, err);
  if (process.platform === 'win32') return;
  assert.match(err, /Interrupted; nothing was changed/);
  assert.deepEqual(await leftovers(), []);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});

const wrong: [args: string, code: number, says: RegExp][] = [
  ['', 2, /add SOURCE/],
  ['fly', 2, /no command "models fly"/],
  ['add', 2, /SOURCE is missing/],
  ['add a b', 2, /"b" is too much/],
  ['add tiny.onnx --bogus', 2, /--bogus.*--help/s],
  ['add tiny.onnx --mean 1,2', 2, /--mean: three numbers/],
  ['add tiny.onnx --std a,b,c', 2, /--std: a number/],
  [
    'add tiny.onnx --task birds',
    2,
    /--task: object-detection, image-classification, image-embedding expected/,
  ],
  ['add tiny.onnx --size large', 2, /--size: WIDTHxHEIGHT/],
  ['add tiny.onnx --min-score 7', 2, /--min-score/],
  ['add tiny.onnx --labels nowhere.txt', 2, /--labels: .*nowhere.txt/],
  ['add tiny.onnx --samples nowhere', 2, /--samples/],
  ['add tiny.onnx --id Up', 2, /--id/],
  ['add nowhere.onnx', 1, /no file or folder .*nowhere.onnx/],
  ['add labels.txt --yes', 1, /ONNX/],
  ['list --server nowhere', 2, /--server: an address/],
  ['show nobody', 1, /no model "nobody".*coco-ssd/],
  ['remove coco-ssd --yes', 1, /only model/],
  ['rollback coco-ssd', 1, /no version before/],
];
test('each mistake is told with what to do, by its exit code', async (t) => {
  const { run } = await open(t);
  for (const [args, code, says] of wrong) {
    const result = await run(args);
    assert.equal(result.code, code, `${args}: ${result.err}`);
    assert.match(result.out + result.err, says, args);
    assert.doesNotMatch(result.err, / at .*\.ts:\d+/, args);
  }
  for (const command of ['', 'add', 'list', 'show', 'verify', 'rollback', 'remove']) {
    const { code, out } = await run(`${command} --help`);
    assert.equal(code, 0, command);
    assert.match(out, new RegExp(`^livelens models ${command}`));
  }
});
