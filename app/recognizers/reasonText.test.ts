import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../ui/words/words.ts';
import type { BackendReason, BackendReport } from './backend.ts';
import type { Readiness } from './readiness.ts';
import { reasonText } from './reasonText.ts';
import type { Backend } from './recognizer.ts';

const backendText = (report: Pick<BackendReport, 'backend' | 'reason' | 'device'>) => {
  const { title, why, detail, english } = reasonText(DELIVERED.words, report);
  return { title, why, detail: english === undefined ? detail : `${detail} ${english}` };
};

const badge = (backend: Backend, reason: BackendReason) => {
  const { title, why } = backendText({ backend, reason });
  return `${title} · ${why}`;
};

test('the badge says in a few words where labels come from, and why', () => {
  const said: [Backend, BackendReason, string][] = [
    ['server', { kind: 'chosen' }, 'Server · as you chose'],
    ['device', { kind: 'chosen' }, 'This device · as you chose'],
    ['server', { kind: 'starting' }, 'Server · tried first'],
    ['server', { kind: 'healthy' }, 'Server · answers well'],
    ['server', { kind: 'device-preparing' }, 'Server · device getting ready'],
    ['server', { kind: 'device-unusable', why: 'no WebAssembly' }, 'Server · device can’t help'],
    ['server', { kind: 'device-preparing', why: 'Waits.' }, 'Server · device has no model yet'],
    ['device', { kind: 'device-preparing' }, 'This device · getting ready'],
    ['device', { kind: 'device-preparing', why: 'Waits.' }, 'This device · has no model yet'],
    ['device', { kind: 'device-unusable', why: 'no WebAssembly' }, 'This device · can’t run the model'],
    ['device', { kind: 'server-unreachable' }, 'This device · server unreachable'],
    ['device', { kind: 'server-lost' }, 'This device · connection lost'],
    ['device', { kind: 'server-busy' }, 'This device · server full'],
    ['device', { kind: 'server-refused', message: 'Token, please.' }, 'This device · server refused'],
    ['device', { kind: 'silent', waitedMs: 600 }, 'This device · no answer in time'],
    ['device', { kind: 'slow', roundTripMs: 899.6, budgetMs: 300 }, 'This device · round trip 900 ms'],
    ['device', { kind: 'slow', roundTripMs: 3_460, budgetMs: 300 }, 'This device · round trip 3.5 s'],
  ];
  for (const [backend, reason, words] of said) assert.equal(badge(backend, reason), words);
});

test('the long words have what the short ones leave out', () => {
  const detail = (backend: Backend, reason: BackendReason) => backendText({ backend, reason }).detail;
  assert.equal(
    detail('device', { kind: 'slow', roundTripMs: 900, budgetMs: 300 }),
    'Some answers from the server take 900 ms or longer; the limit is 300 ms.',
  );
  assert.equal(detail('device', { kind: 'silent', waitedMs: 640 }), 'The server did not answer for 640 ms.');
  assert.match(
    detail('server', { kind: 'device-unusable', why: 'the goldens differ' }),
    /: the goldens differ\.$/,
  );
  assert.match(detail('device', { kind: 'server-refused', message: 'Token, please.' }), /: Token, please\.$/);
});

test('what waits for a condition is not promised, and a good server does not hide a device that cannot help', () => {
  const why = 'unmetered';
  for (const backend of ['server', 'device'] as const) {
    const { detail } = backendText({ backend, reason: { kind: 'device-preparing', why } });
    assert.match(detail, /the model is not on this device yet\. Waits for an unmetered network\.$/i);
  }
  const healthy = (device: Readiness) =>
    backendText({ backend: 'server', reason: { kind: 'healthy' }, device }).detail;
  assert.equal(healthy({ kind: 'ready' }), 'The server answers in time.');
  assert.equal(healthy({ kind: 'preparing' }), 'The server answers in time.');
  assert.match(
    healthy({ kind: 'preparing', why }),
    /can’t take over yet: .*\. Waits for an unmetered network\.$/,
  );
  assert.match(healthy({ kind: 'unusable', why: 'no WebAssembly' }), /can’t take over: no WebAssembly\.$/);
});
