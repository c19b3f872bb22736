import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { configFolder } from './configFolder.ts';

const home = path.resolve('/home/ada');
const on = (platform: NodeJS.Platform, env: Record<string, string>) => configFolder(env, { platform, home });
const below = (...names: string[]) => path.join(home, ...names);

test('the secret is where programs of the platform keep settings, or where it is said', () => {
  const xdg = path.resolve('/xdg');
  assert.equal(on('linux', {}), below('.config', 'livelens'));
  assert.equal(on('linux', { XDG_CONFIG_HOME: xdg }), path.join(xdg, 'livelens'));
  assert.equal(on('linux', { XDG_CONFIG_HOME: 'relative' }), below('.config', 'livelens'));
  assert.equal(on('darwin', { XDG_CONFIG_HOME: xdg }), below('Library', 'Application Support', 'livelens'));
  assert.equal(on('win32', {}), below('AppData', 'Roaming', 'livelens'));
  assert.equal(on('win32', { APPDATA: below('Roaming') }), below('Roaming', 'livelens'));
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    assert.equal(on(platform, { LIVELENS_CONFIG_DIR: xdg, APPDATA: home }), xdg);
  }
});

const isRoot = process.getuid?.() === 0;
test('a user id without an account and without HOME has a configuration, too', {
  skip: !isRoot && 'only root can become someone without an account',
}, async () => {
  const script = `
    import { readConfig } from './server/config/config.ts';
    delete process.env.HOME;
    process.setuid(${2 ** 31 - 7});
    console.log(readConfig({}, { root: '/' }).configDir);
  `;
  const run = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    script,
  ]);
  assert.match(run.stdout, /livelens\n$/);
});
