import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { readConfig } from './config.ts';
import { SETTING_NAMES } from './environment.ts';
import { nearestName } from './nearestName.ts';
import { flagOf, refuseOthers, takeSettingFlags } from './settingFlags.ts';
import { resolveSettings, type SettingsOptions } from './settings.ts';

async function folderWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-settings-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const configOf = (options: Partial<SettingsOptions>) => {
  const settings = resolveSettings({ env: {}, ...options });
  return readConfig(settings.env, { root: '/', settings });
};

test('flags come before the environment, the file, the platform and the default, in this order', async (t) => {
  const folder = await folderWith(t, { 'livelens.config.yaml': 'PORT: 3\n' });
  const all = {
    args: ['--port', '1'],
    env: { PORT: '2', FLY_APP_NAME: 'lens' },
    folders: [folder],
  };
  const { args: _a, ...noFlag } = all;
  const onFly = { FLY_APP_NAME: 'lens' };
  const onlyFile = { ...noFlag, env: onFly };
  const expected = [
    [all, 1, 'flag'],
    [noFlag, 2, 'environment'],
    [onlyFile, 3, 'file'],
    [{ env: onFly }, 8080, 'platform'],
    [{}, 3000, 'default'],
  ] as const;
  for (const [options, port, origin] of expected) {
    assert.equal(configOf(options).port, port);
    assert.equal(resolveSettings({ env: {}, ...options }).originOf('PORT'), origin);
  }
});

test('a platform is recognised by the environment and the settings above it', () => {
  const env = { K_SERVICE: 'lens' };
  assert.equal(configOf({ env }).limits.maxSessionMs, 270_000);
  assert.equal(configOf({ env, args: ['--max-session-ms', '60000'] }).limits.maxSessionMs, 60_000);
  assert.equal(configOf({ env, args: ['--platform', '0'] }).limits.maxSessionMs, 3_000_000);
});

test('a file in YAML or JSON has the names of the environment; its values stay as they are written', async (t) => {
  const yaml = await folderWith(t, {
    'livelens.config.yaml':
      '# ours\nTOKEN: 01234567\nLAN: false\nALLOWED_ORIGINS: [https://a.example, https://b.example]\nMAX_AGE_MS: 900\n',
  });
  const config = configOf({ folders: [yaml] });
  assert.equal(config.token, '01234567');
  assert.equal(config.lanOff, 'lan');
  assert.deepEqual(config.allowedOrigins, ['https://a.example', 'https://b.example']);
  assert.equal(config.limits.maxAgeMs, 900);

  const json = await folderWith(t, {
    'livelens.config.json': '{"PORT": 81, "LAN": true}',
    'my.yaml': 'PORT: 82',
  });
  assert.equal(configOf({ folders: [json] }).port, 81);
  assert.equal(configOf({ folders: [json], args: ['--config', 'my.yaml'] }).port, 82);
  assert.equal(configOf({ folders: [json], args: ['--config=my.yaml'] }).port, 82);
  assert.equal(configOf({ folders: [json], env: { CONFIG_FILE: path.join(json, 'my.yaml') } }).port, 82);
  const empty = await folderWith(t, { 'livelens.config.yml': '# nothing yet\n' });
  assert.equal(configOf({ folders: [empty, json] }).port, 3000, 'the first folder that has one');
});

test('an error names the setting, where it came from, what it takes and what came, and no secret', async (t) => {
  const wrong = async (text: string, name = 'livelens.config.yaml') => {
    const folder = await folderWith(t, { [name]: text });
    return { folders: [folder] };
  };
  const cases: [Partial<SettingsOptions>, RegExp][] = [
    [{ args: ['--port', '80a'] }, /^Flag --port: a whole number from 0 to 65,535 expected, got "80a"\.$/],
    [{ env: { LAN: 'yes' } }, /^Environment variable LAN: one of "0", "1" expected, got "yes"\.$/],
    [
      await wrong('MAX_SESSIONS: 0'),
      /^MAX_SESSIONS in .*livelens\.config\.yaml: a whole number from 1 to 1,000,000 expected, got "0"\.$/,
    ],
    [await wrong('TOKEN: 1234567'), /TOKEN in .*: 8 to 512 characters expected, got 7 characters\.$/],
    [{ env: { HF_ENDPOINT: 'hub' } }, /HF_ENDPOINT: an address such as https:\S+ expected, got "hub"\.$/],
    [{ args: ['--base-path', 'lens'] }, /^Flag --base-path: a path such as \/lens expected.*got "lens"\.$/],
    [{ args: ['--trust-proxy', 'yes'] }, /^Flag --trust-proxy: .*expected, got "yes"\.$/],
    [await wrong('ALLOWED_ORIGINS: [a]'), /^ALLOWED_ORIGINS in .*: an origin .*expected, got "a"\.$/],
    [{ args: ['--lan', '1', '--host', '127.0.0.1'] }, /^Flag --lan: no other machine reaches/],
    [await wrong('port: 80'), /^port in .*: there is no such setting\. The nearest is PORT\.$/],
    [await wrong('{"maxSesions": 3}', 'livelens.config.json'), /The nearest is MAX_SESSIONS\.$/],
    [await wrong('CONFIG_FILE: a'), /there is no such setting/],
    [await wrong('PORT: {a: 1}'), /^PORT in .*: a whole number .* expected, got a mapping\.$/],
    [await wrong('- PORT'), /names of settings with their values expected/],
    [await wrong('PORT: 1\nPORT: 2'), /no YAML: Map keys must be unique/],
    [await wrong('{"PORT": 1', 'livelens.config.json'), /livelens\.config\.json: no JSON: /],
    [{ args: ['--config', '/nowhere/a.yaml'] }, /CONFIG_FILE: .*a\.yaml cannot be read: ENOENT/],
    [{ args: ['--port'] }, /^Flag --port: a value is missing/],
    [{ args: ['--port', '--host', 'a'] }, /^Flag --port: a value is missing/],
    [
      { args: ['--admin-token', 'sixteen letters!!'] },
      /^Flag --admin-token: a secret is not taken as a flag/,
    ],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => configOf(options), { message });
  }
  for (const secret of ['--token=hush-hush', '--hf-token=hush-hush']) {
    assert.throws(
      () => takeSettingFlags([secret]),
      (error: Error) => !error.message.includes('hush'),
    );
  }
  const two = await folderWith(t, { 'livelens.config.yaml': '', 'livelens.config.json': '{}' });
  assert.throws(() => configOf({ folders: [two] }), /has livelens\.config\.yaml and livelens\.config\.json/);
});

test('what is neither a setting nor the own flag of a command is refused with the nearest', () => {
  const { flags, rest } = takeSettingFlags(['--demo', '--max-age-ms', '500', 'serve', '--prot=80']);
  assert.deepEqual(flags, { MAX_AGE_MS: '500' });
  assert.deepEqual(rest, ['--demo', 'serve', '--prot=80']);
  assert.doesNotThrow(() => refuseOthers(['--demo'], ['--demo']));
  assert.throws(
    () => refuseOthers(['--prot=80'], ['--demo']),
    /--prot: there is no such flag\. The nearest is --port\./,
  );
  assert.throws(() => refuseOthers(['--dmo'], ['--demo']), /The nearest is --demo\./);
  assert.throws(() => refuseOthers(['serve'], ['--demo']), /Unexpected argument "serve"/);
  for (const name of SETTING_NAMES) {
    const other = name.toLowerCase().replaceAll('_', '');
    assert.equal(nearestName(other, SETTING_NAMES), name);
    assert.match(flagOf(name), /^--[a-z][a-z-]*$/);
  }
});
