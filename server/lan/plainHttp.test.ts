import assert from 'node:assert/strict';
import test from 'node:test';
import { answerToPlain } from './plainHttp.ts';

const HTML = { accept: 'text/html,application/xhtml+xml' };
const answer = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  answerToPlain({ url, method, headers: { host: '192.168.1.7:3000', ...headers } }, '10.0.0.1:3000');

test('health, and what the page that explains is made of, are served by plain http', () => {
  for (const url of ['/healthz', '/readyz?x', '/metrics', '/_next/static/chunks/a.js', '/icon.svg']) {
    assert.deepEqual(answer(url), { kind: 'serve' }, url);
  }
  assert.equal(answer('/healthz', {}, 'POST').kind, 'redirect');
});

test('a person who opens the page reads what comes', () => {
  for (const url of ['/', '/?a=1', '/index.html', '/phone'])
    assert.deepEqual(answer(url, HTML), { kind: 'explain' });
});

test('everything else is sent to https at the address that was asked for', () => {
  assert.deepEqual(answer('/'), { kind: 'redirect', location: 'https://192.168.1.7:3000/' });
  assert.deepEqual(answer('/v1/predict?model=a', HTML, 'POST'), {
    kind: 'redirect',
    location: 'https://192.168.1.7:3000/v1/predict?model=a',
  });
  assert.deepEqual(answer('/trust', HTML), { kind: 'redirect', location: 'https://192.168.1.7:3000/trust' });
});

test('on the port that browsers leave out for http, https has the same port', () => {
  for (const [host, at] of [
    ['kitchen.local', 'kitchen.local:80'],
    ['kitchen.local:', 'kitchen.local:80'],
    ['[fd00::7]', '[fd00::7]:80'],
    ['[fd00::7]:443', '[fd00::7]:443'],
  ] as const) {
    assert.deepEqual(answer('/trust', { host }), { kind: 'redirect', location: `https://${at}/trust` });
  }
});

test('below a path it is the same', () => {
  const below = (url: string, headers = {}) =>
    answerToPlain({ url, method: 'GET', headers: { host: 'a:1', ...headers } }, 'b:1', '/lens');
  assert.deepEqual(below('/lens/', HTML), { kind: 'explain' });
  assert.deepEqual(below('/lens/_next/static/chunks/a.js'), { kind: 'serve' });
  assert.deepEqual(below('/lens/v1/models'), { kind: 'redirect', location: 'https://a:1/lens/v1/models' });
});

test('no host and no path leads anywhere else', () => {
  for (const [url, host] of [
    ['//evil.example/x', '192.168.1.7:3000'],
    ['/x', 'a@evil.example'],
    ['/x', 'evil.example/?'],
    ['/x', ''],
  ] as const) {
    const { kind, ...rest } = answer(url, { host });
    assert.equal(kind, 'redirect');
    const location = 'location' in rest ? new URL(String(rest.location)).host : '';
    assert.ok(['192.168.1.7:3000', '10.0.0.1:3000'].includes(location), `${url} ${host}: ${location}`);
  }
});
