import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { checkFiles } from './check.ts';
import { deploy } from './command.ts';
import { TARGETS, type TargetName } from './targets.ts';

const ROOT = path.resolve('.');
const NAMES = Object.keys(TARGETS) as TargetName[];

async function copyOf(t: TestContext, name: TargetName): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'deploy-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await cp(path.join(ROOT, 'deploy', name), dir, { recursive: true });
  return dir;
}

/** The target that a folder belongs to: a variant has a folder in the one of its target. */
function targetOf(folder: string): TargetName | undefined {
  const within = path.relative(path.join(ROOT, 'deploy'), folder).replaceAll(path.sep, '/');
  return NAMES.filter((name) => `${within}/`.startsWith(`${name}/`)).sort((a, b) => b.length - a.length)[0];
}

test('the files of every target are in order, and no target has a file that is not checked', async () => {
  for (const name of NAMES) {
    const dir = path.join(ROOT, 'deploy', name);
    const errors = (await checkFiles(name, dir, ROOT)).filter(({ level }) => level === 'error');
    assert.deepEqual(errors, [], name);
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const there = entries
      .filter((entry) => entry.isFile() && entry.name !== 'README.md' && targetOf(entry.parentPath) === name)
      .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
    assert.deepEqual(there.sort(), TARGETS[name].files.map((file) => file.path as string).sort(), name);
    assert.ok((await readFile(path.join(dir, 'README.md'), 'utf8')).includes(`deploy check ${name}`), name);
  }
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: as Compose writes it
const COMPOSE_TOKEN = '${TOKEN:?Set TOKEN in .env, see .env.example}';

/** A mistake in a person's copy, and what is said of it. */
const MISTAKES: [TargetName, string, string, string, RegExp][] = [
  ['fly', 'fly.toml', 'internal_port = 8080', 'internal_port = 3000', /internal_port is 3000, .* on 8080/],
  ['fly', 'fly.toml', 'path = "/readyz"', 'path = "/health"', /no health check at "\/health"/],
  ['fly', 'fly.toml', 'kill_timeout = "30s"', 'kill_timeout = "20s"', /gives the server 20 s .* 25 s/],
  ['fly', 'fly.toml', 'kill_timeout = "30s"', '', /the platform gives the server 5 s/],
  [
    'fly',
    'fly.toml',
    'type = "connections"',
    'type = "requests"',
    /concurrency.type: "connections" expected/,
  ],
  ['fly', 'fly.toml', 'app = "your-app"', 'app = your-app', /is no TOML: line 2/],
  ['fly', 'fly.toml', 'app = "your-app"', '', /app: is missing/],
  [
    'fly',
    'fly.toml',
    'DRAIN_MS = "25000"',
    'TOKEN = "hunter22222"',
    /env\.TOKEN: a secret stands in the file/,
  ],
  ['fly', 'fly.toml', 'TRUST_PROXY = "fly"', 'TRUST_PROXY = "flyy"', /TRUST_PROXY: .* got "flyy"/],
  ['cloud-run', 'service.yaml', 'timeoutSeconds: 3600', 'timeoutSeconds: 7200', /at most 3600/],
  ['cloud-run', 'service.yaml', '      timeoutSeconds: 3600\n', '', /timeoutSeconds: .*5 minutes/],
  ['cloud-run', 'service.yaml', 'value: "9500"', 'value: "25000"', /the platform gives the server 10 s/],
  ['cloud-run', 'service.yaml', 'value: "9500"', 'value: 9500', /put quotes around it/],
  ['cloud-run', 'service.yaml', 'containerPort: 8080', 'containerPort: 8081', /containerPort is 8081/],
  ['cloud-run', 'service.yaml', 'containerConcurrency: 100', 'containerConcurrency: [100', /is no YAML: /],
  ['railway', 'railway.json', '"drainingSeconds": 30', '"drainingSeconds": "30"', /a number of seconds/],
  ['railway', 'railway.json', '"drainingSeconds": 30', '"drainingSeconds": 3', /gives the server 3 s/],
  [
    'railway',
    'railway.json',
    'node dist/server/main.js',
    'npm start',
    /"npm start" does not pass SIGTERM on/,
  ],
  ['heroku', 'Procfile', 'node dist/server/main.js', 'npm run start', /does not pass SIGTERM on/],
  [
    'docker',
    'Dockerfile',
    'COPY vision vision/',
    'COPY visions vision/',
    /COPY visions: there is no such file/,
  ],
  ['docker', 'Dockerfile', 'USER node\n', '', /would run as root/],
  ['docker', 'Dockerfile', 'EXPOSE 8080', 'EXPOSE 80', /EXPOSE is 80/],
  ['docker', 'Dockerfile', '/readyz', '/ready', /no health check at "\/ready"/],
  ['docker', 'Dockerfile', '"node", "dist/server/main.js"', '"npm", "start"', /does not pass SIGTERM on/],
  ['compose', 'compose.yaml', COMPOSE_TOKEN, 'hunter22222', /a secret stands/],
  ['compose', 'Caddyfile', 'livelens:8080', 'livelens:3000', /reverse_proxy is 3000/],
  ['compose', 'compose.yaml', 'stop_grace_period: 30s', 'stop_grace_period: 10s', /gives the server 10 s/],
  [
    'kubernetes',
    'deployment.yaml',
    'path: /readyz\n              port: http\n            periodSeconds: 5',
    'path: /',
    /at "\/"/,
  ],
  ['kubernetes', 'deployment.yaml', 'PeriodSeconds: 40', 'PeriodSeconds: 20', /gives the server 20 s/],
  ['kubernetes', 'deployment.yaml', 'kind: Deployment', 'kin: Deployment', /kind: is missing/],
  ['kubernetes', 'deployment.yaml', '          livenessProbe:', '          lifenessProbe:', /livenessProbe/],
  ['kubernetes/scaled', 'worker.yaml', 'path: /livez', 'path: /alive', /no health check at "\/alive"/],
  ['kubernetes/scaled', 'worker.yaml', 'PeriodSeconds: 30', 'PeriodSeconds: 20', /gives the server 20 s/],
  [
    'kubernetes/scaled',
    'worker.yaml',
    'nats://nats:4222',
    'http://nats:4222',
    /QUEUE: addresses such as nats:/,
  ],
  ['kubernetes/scaled', 'worker-scaledobject.yaml', 'lagThreshold: "4"', 'lagThreshold: 4', /put quotes/],
  [
    'kubernetes/scaled',
    'nats-values.yaml',
    'memoryStore:\n      enabled: true',
    'memoryStore:\n      enabled: false',
    /turns are kept in memory/,
  ],
  ['kubernetes/scaled', 'nats-values.yaml', '<< 8MB >>', '8000000', /"<< 8MB >>" expected/],
  [
    'compose',
    'many-machines.yaml',
    'stop_grace_period: 30s',
    'stop_grace_period: 10s',
    /gives the server 10 s/,
  ],
  ['app-engine', 'app.yaml', 'env: flex', 'env: standard', /the standard environment has no WebSockets/],
  ['app-service', 'main.bicep', 'webSocketsEnabled: true', 'webSocketsEnabled: false', /there is no stream/],
  ['app-service', 'main.bicep', "'WEBSITES_PORT', value: '8080'", "'WEBSITES_PORT', value: '80'", /is 80,/],
  [
    'app-service',
    'main.bicep',
    "STOP_TIME_LIMIT', value: '30'",
    "STOP_TIME_LIMIT', value: '5'",
    /gives the server 5 s/,
  ],
  ['app-service', 'main.bicep', "'TOKEN', value: token", "'TOKEN', value: 'hunter22222'", /a secret stands/],
  [
    'elastic-beanstalk',
    '.ebextensions/livelens.config',
    'PORT: "8080"',
    'PORT: "5000"',
    /proxy_pass is 8080/,
  ],
  ['elastic-beanstalk', '.ebextensions/livelens.config', '/readyz', '/', /no health check at "\/"/],
  [
    'sagemaker',
    'create-model-multi.json',
    '    "ModelDataUrl": "s3://your-bucket/models/",\n',
    '',
    /ModelDataUrl expected/,
  ],
  ['sagemaker', 'create-model.json', '"DRAIN_MS": "25000"', '"DRAIN_MS": 25000', /put quotes around it/],
  [
    'azure-ml',
    'deployment.yaml',
    '  max_concurrent_requests_per_instance: 16\n',
    '',
    /one request at a time/,
  ],
  [
    'azure-ml',
    'deployment.yaml',
    'path: /score\n      port: 8080',
    'path: score\n      port: 8080',
    /begins with \//,
  ],
  ['vertex', 'model.yaml', '--container-health-route: /readyz', '--container-health-route: /up', /at "\/up"/],
  ['vps', 'livelens.service', 'Restart=always', 'Restart=no', /"always" expected/],
  ['vps', 'livelens.service', 'User=livelens', 'User=root', /another user than root/],
  ['vps', 'livelens.service', 'TimeoutStopSec=30', 'TimeoutStopSec=20', /gives the server 20 s/],
  // Without DRAIN_MS the server takes 25 s under systemd.
  [
    'vps',
    'livelens.service',
    `Environment=DRAIN_MS=25000
# TOKEN, ADMIN_TOKEN and others that are yours: a file that only root reads.
EnvironmentFile=-/etc/livelens.env
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30`,
    'Restart=always\nTimeoutStopSec=20',
    /gives the server 20 s .* 25 s/,
  ],
  ['vps', 'livelens.service', 'DRAIN_MS=25000', 'JWT_KEY=a-key', /JWT_KEY: a secret stands/],
  ['vps', 'Caddyfile', '127.0.0.1:3000', '127.0.0.1:8080', /reverse_proxy is 8080/],
  ['vps', 'livelens.service', '[Service]', 'Service', /is no UNIT/],
  ['nginx', 'livelens.conf', 'server 127.0.0.1:3000', 'server 127.0.0.1:8080', /server is 8080/],
  ['kserve', 'inference-service.yaml', 'value: "25000"', 'value: "60000"', /gives the server 30 s/],
  ['render', 'render.yaml', 'maxShutdownDelaySeconds: 30', 'maxShutdownDelaySeconds: 600', /300/],
];

test('mistakes in a copy are named, with what to do', async (t) => {
  const silent: string[] = [];
  for (const [name, file, from, to, expected] of MISTAKES) {
    const dir = await copyOf(t, name);
    const before = await readFile(path.join(dir, file), 'utf8');
    assert.ok(before.includes(from), `${name}/${file} has no "${from}"`);
    await writeFile(path.join(dir, file), before.replace(from, to));
    const errors = (await checkFiles(name, dir, ROOT)).filter(({ level }) => level === 'error');
    const lines = errors.map((one) => `${one.file ?? ''} ${one.message}`);
    if (!lines.some((line) => expected.test(line)))
      silent.push(`${name}: ${from} -> ${to}: ${lines.join(' | ')}`);
  }
  assert.deepEqual(silent, []);
});

test('a file that is missing is an error, an example is not, and placeholders are left to do', async (t) => {
  const dir = await copyOf(t, 'compose');
  await rm(path.join(dir, '.env.example'));
  assert.deepEqual(await checkFiles('compose', dir, ROOT), []);
  await rm(path.join(dir, 'Caddyfile'));
  const [missing] = await checkFiles('compose', dir, ROOT);
  assert.equal(missing?.level, 'error');
  assert.match(missing?.message ?? '', /Copy it from deploy\/compose/);

  const todo = await checkFiles('azure-ml', path.join(ROOT, 'deploy/azure-ml'), ROOT);
  assert.deepEqual(new Set(todo.map(({ level }) => level)), new Set(['todo']));
  assert.ok(
    todo.some(({ file, message }) => file === 'deployment.yaml' && message.startsWith('"your-registry"')),
  );
});

/** Runs the command; nothing is installed, and no setting is made. */
async function run(args: readonly string[], env: Record<string, string> = { PATH: '' }) {
  const out: string[] = [];
  const code = await deploy(args, { root: ROOT, env, from: tmpdir(), print: (text) => out.push(text) });
  return { code, out: out.join('\n') };
}

test('the command lists the targets, and of one says what this machine lacks', async (t) => {
  const all = await run(['check']);
  assert.equal(all.code, 0);
  for (const name of NAMES) assert.match(all.out, new RegExp(`^${name} +ok`, 'm'));

  const fly = await run(['check', 'fly', '--json']);
  assert.equal(fly.code, 0);
  const [{ findings }] = JSON.parse(fly.out);
  assert.match(JSON.stringify(findings), /fly or flyctl is not installed here\. Get it from https/);

  const compose = await run(['check', 'compose'], { PATH: '', TOKEN: 'hunter22222' });
  assert.match(compose.out, /DOMAIN is not set/);
  assert.doesNotMatch(compose.out, /TOKEN is not set/);
  const dir = await copyOf(t, 'compose');
  await writeFile(path.join(dir, '.env'), 'DOMAIN=lens.test\nTOKEN=hunter22222\n');
  assert.doesNotMatch((await run(['check', 'compose', '--dir', dir])).out, /is not set/);

  await writeFile(path.join(dir, 'Caddyfile'), 'lens.test {\n\treverse_proxy livelens:1\n}\n');
  const wrong = await run(['check', 'compose', '--dir', dir]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.out, /compose: 1 to correct\.$/);
});

test('a command line that is wrong says how it should be', async () => {
  await assert.rejects(run(['check', 'herokuu']), /There is no target "herokuu"\. The targets: vps, nginx/);
  await assert.rejects(run(['check', '--dir', 'x']), /--dir needs a TARGET/);
  await assert.rejects(run(['check', 'fly', 'render']), /Unexpected argument "render"/);
  await assert.rejects(run(['check', '--what']), /--help" shows more/);
  await assert.rejects(run(['start']), /no command "deploy start"/);
  assert.equal((await run(['check', '--help'])).code, 0);
  assert.equal((await run([])).code, 2);
});
