import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from '../config/config.ts';
import { infoOf, SETTING_NAMES } from '../config/environment.ts';
import { flagOf } from '../config/settingFlags.ts';
import { resolveSettings } from '../config/settings.ts';
import { configInForce, configText } from './config.ts';
import { IMPORT_FLAGS } from './importFlags.ts';

const SECRET = 'sixteen letters or more-of-32-characters-or-more';

function inForce(env: Record<string, string>, args: string[] = []) {
  const settings = resolveSettings({ env, args });
  return configInForce(settings, readConfig(settings.env, { root: '/', settings }));
}

test('every setting is shown with its value and its origin, and no secret', () => {
  const secrets = SETTING_NAMES.filter((name) => infoOf(name).isSecret);
  assert.ok(secrets.length >= 5);
  const env = Object.fromEntries(secrets.map((name) => [name, SECRET]));
  const shown = inForce({ ...env, HF_ENDPOINT: 'https://me:hush@hub.example' }, ['--port', '81']);
  assert.deepEqual(Object.keys(shown.settings), [...SETTING_NAMES]);
  assert.deepEqual(shown.settings.PORT, { value: '81', origin: 'flag' });
  assert.deepEqual(shown.settings.MAX_SESSIONS, { value: '200', origin: 'default' });
  assert.deepEqual(shown.settings.TOKEN, { value: '(set)', origin: 'environment', isSecret: true });
  assert.match(shown.settings.WORKERS.value ?? '', /^\d+$/, 'what this machine gives');
  for (const text of [JSON.stringify(shown), configText(shown)]) {
    assert.doesNotMatch(text, /sixteen|hush/);
    assert.match(text, /hub\.example/);
  }
  assert.match(configText(shown), /^PORT +flag +81$/m);
  assert.match(configText(inForce({})), /^TOKEN +default +\(none\)$/m);
});

test('no flag of a command means a setting as well', () => {
  const own = ['json', 'help', 'server', 'samples', 'yes', 'allow-private', ...Object.keys(IMPORT_FLAGS)];
  const settings = new Set(SETTING_NAMES.map(flagOf));
  assert.deepEqual(
    own.filter((name) => settings.has(`--${name}`)),
    [],
  );
});
