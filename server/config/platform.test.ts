import assert from 'node:assert/strict';
import test from 'node:test';
import * as v from 'valibot';
import { readTrustedProxies } from '../access/trustedProxies.ts';
import { readConfig } from './config.ts';
import { Environment } from './environment.ts';
import { findPlatform, type Surroundings } from './platform.ts';
import { PLATFORM_NAMES, type PlatformName } from './platformNames.ts';
import { resolveSettings } from './settings.ts';

type Env = Record<string, string>;

const configOf = (env: Env) =>
  readConfig({ LIVELENS_CONFIG_DIR: '/nowhere', ...env }, { root: '/somewhere' });

const nameOf = (env: Env, here: Partial<Surroundings> = {}) =>
  findPlatform({ env, pid: 4711, exists: () => false, ...here })?.name;

/** What each platform documents that a process finds in its environment. */
const SHOWN: [Env, PlatformName | undefined][] = [
  [{ DYNO: 'web.1', PORT: '5006' }, 'heroku'],
  [{ K_SERVICE: 'lens', K_REVISION: 'lens-1', PORT: '8080' }, 'cloud-run'],
  // KServe and other users of Knative: the same variables, on Kubernetes.
  [{ K_SERVICE: 'lens', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'knative'],
  [{ GAE_INSTANCE: 'a', GAE_SERVICE: 'default' }, 'app-engine'],
  [{ FLY_APP_NAME: 'lens' }, 'fly'],
  [{ RENDER: 'true' }, 'render'],
  [{ RAILWAY_PROJECT_ID: 'a' }, 'railway'],
  [{ WEBSITE_SITE_NAME: 'lens' }, 'azure-app-service'],
  [{ SAGEMAKER_BIND_TO_PORT: '8080' }, 'sagemaker'],
  [{ AIP_HTTP_PORT: '8080', AIP_HEALTH_ROUTE: '/h' }, 'vertex'],
  [{ AZUREML_MODEL_DIR: '/var/models', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'azure-ml'],
  [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'kubernetes'],
  [{ SYSTEMD_EXEC_PID: '4711' }, 'systemd'],
  // A terminal that systemd started is no service.
  [{ SYSTEMD_EXEC_PID: '4712', INVOCATION_ID: 'a' }, undefined],
  [{ DYNO: '', RENDER: 'false' }, undefined],
  [{}, undefined],
];

test('a platform is recognised by the variables that it documents, and PLATFORM says otherwise', () => {
  for (const [env, expected] of SHOWN) {
    assert.equal(nameOf(env), expected, JSON.stringify(env));
    assert.equal(nameOf({ ...env, PLATFORM: '0' }), undefined);
    assert.equal(nameOf({ ...env, PLATFORM: ' Fly ' }), 'fly');
    assert.equal(nameOf({ ...env, PLATFORM: '' }), expected);
  }
});

test('a platform is recognised by its command and its folders as well, and then all that follows holds', () => {
  const at = (folder: string) => ({ exists: (path: string) => path === folder });
  assert.equal(nameOf({}, { args: ['serve'] }), 'sagemaker');
  assert.equal(nameOf({}, { args: ['start'] }), undefined);
  // A command of a person, about a model of that name.
  assert.equal(nameOf({}, { args: ['models', 'show', 'serve'] }), undefined);
  assert.equal(nameOf({}, at('/opt/ml/model')), 'sagemaker');
  assert.equal(nameOf({ AIP_PREDICT_ROUTE: '/p' }), 'vertex');
  assert.equal(nameOf({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, at('/mnt/models')), 'kserve');
  const settings = resolveSettings({ env: {}, args: ['serve'] });
  const { platform, drainMs, limits, contracts, port } = readConfig({}, { root: '/x', settings });
  assert.deepEqual(
    [platform?.name, drainMs, limits.maxSessionMs, Object.keys(contracts), port],
    ['sagemaker', 25_000, 1_500_000, ['sagemaker'], 8080],
  );
  const kserve = (env: Env) => findPlatform({ env, ...at('/mnt/models') })?.defaults.MAX_SESSION_MS;
  assert.equal(kserve({ K_SERVICE: 'lens', KUBERNETES_SERVICE_HOST: '10.0.0.1' }), '270000');
  assert.equal(kserve({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }), undefined);
});

test('what follows from each platform are values that the settings take', () => {
  for (const PLATFORM of PLATFORM_NAMES) {
    const defaults = findPlatform({ env: { PLATFORM } })?.defaults ?? {};
    const parsed = v.safeParse(Environment, defaults);
    assert.ok(parsed.success, `${PLATFORM}: ${JSON.stringify(parsed.issues?.[0]?.message)}`);
    assert.ok(readTrustedProxies(defaults.TRUST_PROXY ?? ''), PLATFORM);
    const config = configOf({ PLATFORM });
    assert.equal(config.platform?.name, PLATFORM);
    assert.equal(config.tls, undefined, `${PLATFORM} ends TLS in front of the server`);
  }
});

test('the environment overrides what follows from a platform, setting by setting', () => {
  const cloudRun = configOf({ K_SERVICE: 'lens' });
  assert.equal(cloudRun.limits.maxSessionMs, 270_000);
  assert.equal(cloudRun.drainMs, 9_500);
  assert.equal(cloudRun.trustProxy.kind, 'count');
  assert.match(cloudRun.platform?.note ?? '', /MAX_SESSION_MS/);
  const longer = configOf({ K_SERVICE: 'lens', MAX_SESSION_MS: '3540000', TRUST_PROXY: '0' });
  assert.equal(longer.limits.maxSessionMs, 3_540_000);
  assert.equal(longer.drainMs, 9_500);
  assert.equal(longer.trustProxy.kind, 'none');
  assert.equal(longer.platform?.note, undefined);
  const none = configOf({ K_SERVICE: 'lens', PLATFORM: '0' });
  assert.equal(none.limits.maxSessionMs, 50 * 60_000);
  assert.equal(none.platform, undefined);
});

test('a time to stop that the platform states is used, with a margin', () => {
  const railway = (seconds?: string) => ({
    RAILWAY_PROJECT_ID: 'a',
    ...(seconds !== undefined && { RAILWAY_DEPLOYMENT_DRAINING_SECONDS: seconds }),
  });
  assert.equal(configOf(railway('60')).drainMs, 59_500);
  for (const none of [undefined, '0', '', 'a minute']) {
    assert.equal(configOf(railway(none)).drainMs, 3_500);
    assert.match(findPlatform({ env: railway(none) })?.note ?? '', /RAILWAY_DEPLOYMENT_DRAINING_SECONDS/);
  }
  assert.equal(configOf({ WEBSITE_SITE_NAME: 'lens' }).drainMs, 4_500);
  const longer = { WEBSITE_SITE_NAME: 'lens', WEBSITES_CONTAINER_STOP_TIME_LIMIT: '120' };
  assert.equal(configOf(longer).drainMs, 119_500);
});

test('a certificate of the operator is used on a platform too', () => {
  const files = { TLS_CERT: '/cert.pem', TLS_KEY: '/key.pem' };
  assert.equal(configOf({ FLY_APP_NAME: 'lens', ...files }).tls?.kind, 'files');
});

test('a PLATFORM that is none names those that are', () => {
  assert.throws(() => configOf({ PLATFORM: 'herokuu' }), /PLATFORM: .*"heroku"/);
});
