import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { readConfig } from './config.ts';
import { resolveSettings } from './settings.ts';

const root = path.resolve('somewhere');
const queueOf = (env: Record<string, string>, args: string[] = []) => {
  const settings = resolveSettings({ env, args });
  return readConfig(settings.env, { root, settings }).queue;
};

test('without QUEUE there is no queue, whatever else is set', () => {
  assert.equal(queueOf({}), undefined);
  assert.equal(queueOf({ QUEUE: ' ', QUEUE_NAME: 'lens', QUEUE_USER: 'me' }), undefined);
});

test('QUEUE is a setting and a flag, of one address or several; files are absolute', () => {
  const queue = queueOf({ QUEUE_CREDENTIALS_FILE: 'user.creds', QUEUE_CA_FILE: '' }, [
    '--queue',
    'nats://a.example:4222, tls://b.example',
    '--worker-group=gpu',
  ]);
  assert.deepEqual(queue, {
    urls: ['nats://a.example:4222', 'tls://b.example'],
    credentialsFile: path.join(root, 'user.creds'),
    user: undefined,
    password: undefined,
    token: undefined,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
    name: 'livelens',
    replicas: undefined,
    group: 'gpu',
    cacheDir: undefined,
  });
});

test('a worker keeps what it fetched only where it is told to', () => {
  const QUEUE = 'nats://a.example';
  assert.equal(queueOf({ QUEUE, MODELS_DIR: 'kept' })?.cacheDir, path.join(root, 'kept'));
});

test('credentials in an address are refused, not shown, and it is said where they go', () => {
  for (const url of ['nats://me:hush-hush@a.example', 'nats://hush-hush@a.example:4222']) {
    assert.throws(
      () => queueOf({ QUEUE: url }),
      (error: Error) => {
        assert.match(
          error.message,
          /^Environment variable QUEUE: .*QUEUE_USER and QUEUE_PASSWORD, QUEUE_TOKEN/,
        );
        assert.doesNotMatch(error.message, /hush/);
        return true;
      },
    );
  }
});

test('what is no address of NATS is refused with an example', () => {
  for (const url of ['a.example:4222', 'http://a.example', 'wss://a.example', 'nats://', 'nats']) {
    assert.throws(() => queueOf({ QUEUE: url }), /QUEUE: addresses such as nats:\/\/nats\.example:4222/, url);
  }
  assert.throws(() => queueOf({ QUEUE: 'nats://a.example/lens' }), /nothing expected after the port/);
  assert.throws(() => queueOf({}, ['--queue']), /a value is missing/);
});

test('credentials are of one kind, and whole', () => {
  const QUEUE = 'nats://a.example';
  assert.throws(() => queueOf({ QUEUE, QUEUE_USER: 'me' }), /QUEUE_USER: QUEUE_PASSWORD is missing/);
  assert.throws(() => queueOf({ QUEUE, QUEUE_PASSWORD: 'hush' }), /QUEUE_PASSWORD: QUEUE_USER is missing/);
  assert.throws(() => queueOf({ QUEUE, QUEUE_KEY_FILE: 'key.pem' }), /QUEUE_CERT_FILE is missing/);
  assert.throws(
    () => queueOf({ QUEUE, QUEUE_TOKEN: 'hush', QUEUE_CREDENTIALS_FILE: 'user.creds' }),
    /QUEUE_CREDENTIALS_FILE: QUEUE_TOKEN is set, too/,
  );
  assert.throws(() => queueOf({}, ['--queue-password', 'hush']), /a secret is not taken as a flag/);
  assert.equal(queueOf({ QUEUE, QUEUE_USER: 'me', QUEUE_PASSWORD: 'hush' })?.password, 'hush');
});

test('names become parts of subjects, and are held to that', () => {
  const QUEUE = 'nats://a.example';
  for (const name of ['a.b', 'a b', '*', '>', 'x'.repeat(33), ''])
    assert.throws(() => queueOf({ QUEUE, QUEUE_NAME: name }), /QUEUE_NAME: a name of letters, digits/, name);
});

test('the word "serve" is of SageMaker only where there is no queue', () => {
  const platformOf = (env: Record<string, string>, args: string[]) =>
    resolveSettings({ env: { ...env, PLATFORM: '' }, args, folders: [] }).platform?.name;
  assert.equal(platformOf({}, ['serve']), 'sagemaker');
  assert.notEqual(platformOf({}, ['serve', '--queue', 'nats://a.example']), 'sagemaker');
});
