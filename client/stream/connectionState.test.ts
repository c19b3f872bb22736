import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connectionState.ts';
import { WELCOME } from './welcomeFixture.ts';

function run(...events: ConnectionEvent[]): ConnectionState {
  let state: ConnectionState = { kind: 'idle' };
  for (const event of events) state = nextConnectionState(state, event, 1000, 0.5);
  return state;
}

const closed = (closeCode: number, code?: string): ConnectionEvent => ({
  type: 'closed',
  closeCode,
  error: code === undefined ? undefined : { code, message: `about ${code}` },
});
const START: ConnectionEvent = { type: 'start' };
const OPENED: ConnectionEvent = { type: 'welcome', welcome: WELCOME };
const RETRY: ConnectionEvent = { type: 'retry' };

test('start, welcome, stop', () => {
  assert.equal(run(START).kind, 'connecting');
  assert.equal(run(START, OPENED).kind, 'open');
  assert.equal(run(START, OPENED, { type: 'stop' }).kind, 'idle');
});

test('a connection that was good and is lost is tried again within 250 ms', () => {
  const state = nextConnectionState(run(START, OPENED), closed(1006), 10_000, 0.5);
  assert.ok(state.kind === 'waiting' && state.after === 'lost');
  assert.ok(state.retryAtMs > 10_000 && state.retryAtMs <= 10_250);
});

test('a server that welcomes and then fails each time is tried less and less often', () => {
  let state = run(START, OPENED, closed(1011));
  const delays: number[] = [];
  for (let i = 0; i < 25; i++) {
    assert.ok(state.kind === 'waiting');
    delays.push(state.retryAtMs - 1000);
    for (const event of [RETRY, OPENED, closed(1011)]) state = nextConnectionState(state, event, 1000, 0.5);
  }
  assert.ok((delays.at(-1) ?? 0) >= 5000, String(delays));
});

test('a full server is waited for as long as it says', () => {
  const state = run(START, { type: 'goaway', reconnectAfterMs: 3300 }, closed(1013, 'server_busy'));
  assert.ok(state.kind === 'waiting' && state.after === 'busy' && state.retryAtMs === 4300);
});

test('a server that was never there is unreachable, and tries count up', () => {
  const state = run(START, closed(1006), RETRY, closed(1006), RETRY, closed(1006));
  assert.ok(state.kind === 'waiting' && state.after === 'unreachable');
  assert.equal(state.attempt, 2);
});

test('a connection that was lost stays lost through failing tries, and a success resets the count', () => {
  const lost = run(START, OPENED, closed(1006), RETRY, closed(1006));
  assert.ok(lost.kind === 'waiting' && lost.after === 'lost' && lost.attempt === 2);
  const back = run(START, OPENED, closed(1006), RETRY, closed(1006), RETRY, OPENED);
  const again = nextConnectionState(back, closed(1012), 10_000, 0.5);
  assert.ok(again.kind === 'waiting' && again.attempt === 0);
});

test('a full server is waited for', () => {
  const byCode = run(START, closed(1013));
  assert.ok(byCode.kind === 'waiting' && byCode.after === 'busy');
  assert.ok(byCode.retryAtMs >= 2500);
  const byError = run(START, closed(1006, 'server_busy'));
  assert.ok(byError.kind === 'waiting' && byError.after === 'busy');
});

test('a server that is still starting is tried again soon, though it closes like a full one', () => {
  const state = run(START, OPENED, closed(1006), RETRY, closed(1013, 'not_ready'));
  assert.ok(state.kind === 'waiting' && state.after === 'lost');
  assert.ok(state.retryAtMs <= 1450);
});

test('a refusal ends the tries and keeps what the server said', () => {
  const state = run(START, closed(4401, 'unauthorized'));
  assert.deepEqual(state, { kind: 'refused', code: 'unauthorized', message: 'about unauthorized' });
  assert.equal(run(START, closed(4403)).kind, 'refused');
});

test('the named error decides where several share a close code', () => {
  assert.equal(run(START, OPENED, closed(4408, 'hello_timeout')).kind, 'waiting');
});

test('a refused connection can be started again', () => {
  assert.equal(run(START, closed(4401), START).kind, 'connecting');
});

test('goaway comes back when the server asked for', () => {
  const state = run(START, OPENED, { type: 'goaway', reconnectAfterMs: 700 });
  assert.ok(state.kind === 'waiting' && state.retryAtMs === 1700);
  // The close that follows does not restart the delay.
  assert.equal(nextConnectionState(state, closed(1012), 1100, 0.5), state);
});

test('events that come too late change nothing', () => {
  const idle: ConnectionState = { kind: 'idle' };
  for (const event of [OPENED, RETRY, closed(1006)]) {
    assert.equal(nextConnectionState(idle, event, 0, 0), idle);
  }
});
