import assert from 'node:assert/strict';
import test from 'node:test';
import { type LanOff, type LanSettings, lanMode, type Surroundings } from './lanMode.ts';

const LAPTOP: Surroundings = { isTerminal: true, isContainer: false, isDevelopment: false };
const DEFAULTS: LanSettings = { LAN_NAME: 'livelens', BASE_PATH: '', TRUST_PROXY: '0' };
const mode = (settings: Partial<LanSettings> = {}, surroundings: Partial<Surroundings> = {}) =>
  lanMode({ ...DEFAULTS, ...settings }, { ...LAPTOP, ...surroundings });

const off = (lanOff: LanOff) => ({ tls: undefined, lan: undefined, needsPairing: false, lanOff });
const ON = { tls: { kind: 'authority' }, lan: { name: 'livelens' }, needsPairing: true, lanOff: undefined };

test('LAN mode is on where a person sits in front of a server that others reach directly', () => {
  assert.deepEqual(mode(), ON);
  assert.deepEqual(mode({ HOST: '192.168.1.7' }), ON);
  assert.deepEqual(mode({ HOST: '0.0.0.0' }), ON);
});

test('it is off where no one reads a terminal, in containers, behind proxies, and while developing', () => {
  assert.deepEqual(mode({}, { isTerminal: false }), off('no-terminal'));
  assert.deepEqual(mode({}, { isContainer: true }), off('container'));
  assert.deepEqual(mode({}, { isDevelopment: true }), off('development'));
  assert.deepEqual(mode({ TRUST_PROXY: 'heroku' }), off('trust-proxy'));
  assert.deepEqual(mode({ BASE_PATH: '/lens' }), off('base-path'));
});

test('where several things switch it off, the one that a person has set is named', () => {
  assert.equal(mode({ HOST: '127.0.0.1' }, { isTerminal: false, isContainer: true }).lanOff, 'host');
  assert.equal(mode({ LAN: '0', HOST: '127.0.0.1' }).lanOff, 'lan');
});

test('LAN=0, and a HOST of this machine alone, switch all of it off', () => {
  assert.deepEqual(mode({ LAN: '0' }), off('lan'));
  for (const HOST of ['127.0.0.1', '127.8.0.1', '::1', 'localhost'])
    assert.deepEqual(mode({ HOST }), off('host'), HOST);
});

test('LAN=1 switches it on anywhere', () => {
  assert.deepEqual(mode({ LAN: '1', BASE_PATH: '/lens' }, { isTerminal: false, isContainer: true }), ON);
  assert.deepEqual(mode({ LAN: '1', PAIRING: '0', LAN_NAME: '0' }), {
    ...ON,
    lan: { name: undefined },
    needsPairing: false,
  });
});

test('a certificate of one’s own is used with LAN mode and without it', () => {
  const files = { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };
  const tls = { kind: 'files', certFile: 'cert.pem', keyFile: 'key.pem' };
  assert.deepEqual(mode(files), { ...ON, tls });
  assert.deepEqual(mode(files, { isTerminal: false }), { ...off('no-terminal'), tls });
});

test('settings that contradict each other stop the start, and are named', () => {
  assert.throws(() => mode({ LAN: '1', HOST: '127.0.0.1' }), /LAN: .*HOST=127\.0\.0\.1/);
  assert.throws(() => mode({ LAN: '0', TLS_CERT: 'a', TLS_KEY: 'b' }), /LAN: .*TLS_CERT/);
  assert.throws(() => mode({ TLS_CERT: 'a' }), /TLS_CERT and TLS_KEY/);
  assert.throws(() => mode({ TLS_KEY: 'b' }), /TLS_CERT and TLS_KEY/);
  assert.throws(() => mode({ LAN: '0', PAIRING: '1' }), /PAIRING/);
});
