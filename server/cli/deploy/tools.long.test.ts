import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { mustBeInstalled } from '../../../e2e/harness/mustBeInstalled.ts';

/** The files of deploy/, by the programs that will read them. .ci/run installs these on Debian. */

const run = promisify(execFile);
const DEPLOY = path.resolve('deploy');

/** Where Debian puts programs, also those that are not on a user's PATH. */
const FOLDERS = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin'];

async function find(program: string): Promise<string | undefined> {
  for (const folder of FOLDERS.filter(Boolean)) {
    const file = path.join(folder, program);
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** The program; or skips the test, or fails it where .ci/run has to have installed it. */
async function need(t: TestContext, program: string): Promise<string | undefined> {
  const file = await find(program);
  if (file !== undefined) return file;
  assert.ok(!mustBeInstalled(process.env), `${program} is not installed; .ci/run installs it on Debian`);
  t.skip(`${program} is not installed`);
  return undefined;
}

async function copyOf(t: TestContext, name: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'deploy-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await cp(path.join(DEPLOY, name), dir, { recursive: true });
  return dir;
}

/** What a program says of a file that it refuses. */
const refusal = async (command: string, args: string[]): Promise<string> =>
  run(command, args).then(
    () => assert.fail(`${command} ${args.join(' ')} accepts it`),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );

test('systemd takes the unit, and rates its hardening', async (t) => {
  const systemd = await need(t, 'systemd-analyze');
  if (systemd === undefined) return;
  const dir = await copyOf(t, 'vps');
  const unit = path.join(dir, 'livelens.service');
  // It looks for the program as well, and Node.js may be elsewhere here.
  const text = (await readFile(unit, 'utf8')).replace('/usr/bin/node', process.execPath);
  await writeFile(unit, text);
  const { stdout, stderr } = await run(systemd, ['verify', unit]);
  assert.equal(stdout + stderr, '');
  const rated = await run(systemd, ['security', '--offline=true', '--no-pager', unit]);
  const [, exposure] = /Overall exposure level for .*: ([\d.]+)/.exec(rated.stdout) ?? [];
  assert.ok(Number(exposure) < 3, `exposure ${exposure}: ${rated.stdout}`);
  await writeFile(unit, text.replace('Restart=always', 'Restart=allways'));
  assert.match((await run(systemd, ['verify', unit])).stderr, /restart specifier.*allways/);
});

test('nginx takes the site', async (t) => {
  const nginx = await need(t, 'nginx');
  const openssl = await need(t, 'openssl');
  if (nginx === undefined || openssl === undefined) return;
  const dir = await copyOf(t, 'nginx');
  const [key, certificate] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=your-domain.example', '-keyout', key, '-out', certificate];
  await run(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject]);
  const site = (await readFile(path.join(dir, 'livelens.conf'), 'utf8'))
    .replace(/ssl_certificate {5}\S+;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${key};`);
  const beanstalk = await readFile(
    path.join(DEPLOY, 'elastic-beanstalk/.platform/nginx/conf.d/elasticbeanstalk/livelens.conf'),
    'utf8',
  );
  const conf = path.join(dir, 'nginx.conf');
  const head = `pid ${dir}/nginx.pid; error_log ${dir}/error.log; events {}\n`;
  const logs = `access_log off; client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;\n`;
  const check = async (text: string) => {
    await writeFile(conf, `${head}http { ${logs}${text} }`);
    return run(nginx, ['-t', '-q', '-c', conf]);
  };
  await check(site);
  await check(`server { listen 80; ${beanstalk} }`);
  await assert.rejects(check(site.replace('proxy_read_timeout', 'proxy_read_time')));
});

test('Caddy takes all Caddyfiles', async (t) => {
  const caddy = await need(t, 'caddy');
  if (caddy === undefined) return;
  const files = ['vps/Caddyfile', 'compose/Caddyfile', 'compose/many-machines.Caddyfile'];
  for (const [folder = '', name = ''] of files.map((file) => file.split('/'))) {
    const file = path.join(await copyOf(t, folder), name);
    const env = { ...process.env, DOMAIN: 'your-domain.example', HOME: path.dirname(file) };
    const validate = () => run(caddy, ['validate', '--adapter', 'caddyfile', '--config', file], { env });
    await validate();
    await writeFile(file, (await readFile(file, 'utf8')).replace('reverse_proxy', 'reverse_proxie'));
    await assert.rejects(validate());
  }
});

test('shellcheck finds nothing in the scripts', async (t) => {
  const shellcheck = await need(t, 'shellcheck');
  if (shellcheck === undefined) return;
  await run(shellcheck, [path.join(DEPLOY, 'vps/install.sh')]);
  const { write_files: files } = parse(await readFile(path.join(DEPLOY, 'vps/cloud-init.yaml'), 'utf8'));
  const scripts = files.filter(({ content }: { content: string }) => content.startsWith('#!'));
  assert.equal(scripts.length, 1);
  const dir = await copyOf(t, 'vps');
  const script = path.join(dir, 'update.sh');
  await writeFile(script, scripts[0].content);
  await run(shellcheck, [script]);
  await writeFile(script, `${scripts[0].content}cd $1\n`);
  assert.match(await refusal(shellcheck, [script]), /SC2086/);
});

test('cloud-init takes the user data, whose Caddyfile is the one next to it', async (t) => {
  const cloudInit = await need(t, 'cloud-init');
  if (cloudInit === undefined) return;
  const dir = await copyOf(t, 'vps');
  const file = path.join(dir, 'cloud-init.yaml');
  await run(cloudInit, ['schema', '--config-file', file]);
  const text = await readFile(file, 'utf8');
  const { write_files: files } = parse(text);
  const caddyfile = (await readFile(path.join(dir, 'Caddyfile'), 'utf8')).replaceAll(/^#.*\n/gm, '');
  const written = files.find(({ path: name }: { path: string }) => name.includes('Caddyfile'));
  assert.equal(written.content, caddyfile);
  await writeFile(file, text.replace('runcmd:', 'runcmd: 7\nrest:'));
  await refusal(cloudInit, ['schema', '--config-file', file]);
});
