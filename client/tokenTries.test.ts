import assert from 'node:assert/strict';
import test from 'node:test';
import { mockTimers } from '../app/testing/mockTimers.ts';
import { ScreenRelay } from './relay/screenRelay.ts';
import { Connection } from './stream/connection.ts';
import { TokenTries } from './tokenTries.ts';

const never = () => new Promise<string>(() => {});
const nowhere = () => assert.fail('Without a token nothing is opened.');

test('a token that never comes fails the try after 20 s, and the next try is open to another', (t) => {
  mockTimers(t, 'setTimeout');
  const failures: string[] = [];
  const tokens: unknown[] = [];
  let source: () => string | Promise<string> = never;
  const tries = new TokenTries(() => source());
  const read = () =>
    tries.read(
      (token) => tokens.push(token),
      (cause) => failures.push(String(cause)),
    );
  read();
  t.mock.timers.tick(19_999);
  assert.deepEqual(failures, []);
  t.mock.timers.tick(1);
  assert.deepEqual(failures, ['Error: No token came within 20 s.']);
  tries.end();
  source = () => 'one';
  read();
  assert.deepEqual(tokens, ['one']);
  t.mock.timers.tick(60_000);
  assert.equal(failures.length, 1, 'what came is not late');
});

test('after a refusal the next token is waited for no longer either', (t) => {
  mockTimers(t, 'setTimeout');
  const answers: boolean[] = [];
  const tries = new TokenTries(never);
  tries.afterClose('unauthorized', (hasNewToken) => answers.push(hasNewToken));
  t.mock.timers.tick(20_000);
  assert.deepEqual(answers, [false]);
});

test('a try that is over hears nothing of its token', (t) => {
  mockTimers(t, 'setTimeout');
  const tries = new TokenTries(never);
  tries.read(
    () => assert.fail('no token came'),
    () => assert.fail('the try is over'),
  );
  tries.end();
  t.mock.timers.tick(60_000);
});

test('a screen whose token never comes says why it waits, and tries again', (t) => {
  mockTimers(t, 'setTimeout');
  const states: string[] = [];
  const screen = new ScreenRelay({
    url: 'http://127.0.0.1:9',
    token: never,
    transport: nowhere,
    onCameras() {},
    onPicture() {},
    onState: (state) =>
      states.push(
        'error' in state ? `${state.kind}: ${state.error?.message} ${state.error?.cause}` : state.kind,
      ),
  });
  screen.start();
  t.mock.timers.tick(20_000);
  assert.deepEqual(states, [
    'connecting',
    'waiting: No token for the server; it will be tried again. ' + 'Error: No token came within 20 s.',
  ]);
  t.mock.timers.tick(250);
  assert.deepEqual(states.slice(2), ['connecting']);
  screen.close();
});

test('so does a stream', (t) => {
  mockTimers(t, 'setTimeout');
  const connection = new Connection({ url: 'ws://127.0.0.1:9', token: never, transport: nowhere });
  const errors: unknown[] = [];
  connection.onError((error) => errors.push(error.cause));
  connection.start();
  t.mock.timers.tick(20_000);
  assert.equal(connection.state.kind, 'waiting');
  assert.match(String(errors), /No token came within 20 s/);
  connection.close();
});
