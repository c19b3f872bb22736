import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../config/config.ts';
import { httpServer } from '../testing/httpServer.ts';
import { clientAddress, clientGroup, forwardedHost, peerGroup } from './clientAddress.ts';
import { addressGroup, readAddress } from './ipAddress.ts';
import { readTrustedProxies } from './trustedProxies.ts';

const PROXY = '10.1.1.1';
const CLIENT = '203.0.113.7';
const FORGED = '198.51.100.1';

/** What TRUST_PROXY says, as the server has it. */
function trust(text: string) {
  const trustProxy = readTrustedProxies(text);
  assert.ok(trustProxy, text);
  return { trustProxy };
}

type Lines = Readonly<Record<string, readonly string[]>>;

/** A request with these lines of headers, by their names in lower case. */
function from(remoteAddress: string, lines: Lines = {}) {
  const headersDistinct = Object.fromEntries(Object.entries(lines).map(([name, text]) => [name, [...text]]));
  return { headers: {}, headersDistinct, socket: { remoteAddress } };
}
const xff = (...lines: string[]) => ({ 'x-forwarded-for': lines });

const addresses: [title: string, setting: string, peer: string, lines: Lines, expected: string][] = [
  ['nothing is believed by default', '0', PROXY, xff(FORGED), PROXY],
  ['one proxy: the last entry', '1', PROXY, xff(`${FORGED}, ${CLIENT}`), CLIENT],
  ['the old "true" is one proxy', 'true', PROXY, xff(`${FORGED}, ${CLIENT}`), CLIENT],
  ['two proxies: the last entry but one', '2', PROXY, xff(`${FORGED},${CLIENT},10.1.1.2`), CLIENT],
  ['two proxies, of which one was passed by', '2', PROXY, xff(CLIENT), CLIENT],
  ['a proxy that says nothing', '1', PROXY, {}, PROXY],
  ['several lines are one list', '1', PROXY, xff(FORGED, CLIENT), CLIENT],
  ['an empty last entry', '1', PROXY, xff(`${FORGED}, ${CLIENT}, `), CLIENT],
  ['empty entries and lines', '1', PROXY, xff('', ` , ${CLIENT} ,,`, ''), CLIENT],
  ['a port behind IPv4', '1', PROXY, xff(`${CLIENT}:5678`), CLIENT],
  ['a port behind IPv6', '1', PROXY, xff('[2001:db8::7]:443'), '2001:db8::7'],
  ['IPv6 in brackets, in quotes', '1', PROXY, xff('"[2001:db8::7]"'), '2001:db8::7'],
  ['a zone', '1', PROXY, xff('fe80::1%eth0'), 'fe80::1'],
  ['IPv4 inside IPv6', '1', PROXY, xff(`::ffff:${CLIENT}`), CLIENT],
  ['the same in hexadecimal', '1', PROXY, xff('::ffff:cb00:7107'), CLIENT],
  ['IPv6 in a long form', '1', PROXY, xff('2001:0DB8:0:0:0:0:0:7'), '2001:db8::7'],
  ['nonsense in the place of the client', '1', PROXY, xff(`${FORGED}, unknown`), PROXY],
  ['nonsense in the place of the client, two proxies', '2', PROXY, xff('_hidden, 10.1.1.2'), '10.1.1.2'],
  ['numbers that are no address', '1', PROXY, xff('203.0.113.07'), PROXY],
  [
    'known proxies are passed over',
    `${PROXY}, 10.1.1.2`,
    PROXY,
    xff(`${FORGED}, ${CLIENT}, 10.1.1.2`),
    CLIENT,
  ],
  ['a range of proxies', '10.0.0.0/8', PROXY, xff(`${CLIENT}, 10.9.9.9`), CLIENT],
  ['a connection from elsewhere', '10.0.0.0/8', CLIENT, xff(FORGED), CLIENT],
  ['nonsense from a known proxy', '10.0.0.0/8', PROXY, xff(`${CLIENT}, ?, 10.9.9.9`), '10.9.9.9'],
  ['only proxies', '10.0.0.0/8', PROXY, xff('10.2.2.2, 10.3.3.3'), '10.2.2.2'],
  ['loopback, in either family', 'loopback', '::ffff:127.0.0.1', xff(CLIENT), CLIENT],
  ['loopback is ::1, too', 'loopback', '::1', xff(CLIENT), CLIENT],
  ['a private network', 'private', '172.20.0.1', xff(CLIENT), CLIENT],
  ['a private network is no public one', 'private', '172.32.0.1', xff(CLIENT), '172.32.0.1'],
  ['Fly', 'fly', PROXY, { ...xff(`${CLIENT}, 66.241.1.1`), 'fly-client-ip': [CLIENT] }, CLIENT],
  ['Cloudflare', 'cloudflare', '::1', { ...xff(FORGED), 'cf-connecting-ip': [CLIENT] }, CLIENT],
  ['a header of a platform, twice', 'cloudflare', PROXY, { 'cf-connecting-ip': [FORGED, CLIENT] }, PROXY],
  ['a header of a platform that is missing', 'fly', PROXY, xff(FORGED), PROXY],
  ['Heroku adds to the first line', 'heroku', PROXY, xff(`${FORGED},${CLIENT}`, FORGED), CLIENT],
  ['Railway', 'railway', PROXY, { ...xff(FORGED), 'x-real-ip': [CLIENT] }, CLIENT],
  ['a Google load balancer', 'google-load-balancer', PROXY, xff(`${FORGED},${CLIENT},34.1.1.1`), CLIENT],
  ['App Engine', 'app-engine', PROXY, xff(`${FORGED},${CLIENT},34.1.1.1`), CLIENT],
  ['an application gateway of Azure', 'azure-application-gateway', PROXY, xff(`${CLIENT}:5678`), CLIENT],
];
for (const [title, setting, peer, lines, expected] of addresses) {
  test(`the address of a client: ${title}`, () => {
    assert.equal(clientAddress(from(peer, lines), trust(setting)), expected);
  });
}

test('a client counts by its IPv4 address, or by the /64 of its IPv6 address, also without a proxy', () => {
  const group = (peer: string, lines?: Lines, setting = '0') =>
    clientGroup(from(peer, lines), trust(setting));
  assert.equal(group('2001:db8:1:2:aaaa::1'), group('2001:db8:1:2::ffff'));
  assert.notEqual(group('2001:db8:1:2::1'), group('2001:db8:1:3::1'));
  assert.equal(group('::ffff:203.0.113.7'), group(CLIENT));
  assert.notEqual(group(CLIENT), group('203.0.113.8'));
  assert.equal(group(PROXY, xff('[2001:DB8:1:2::3]:99'), '1'), group('2001:db8:1:2::1'));
});

test('a connection counts for who holds it, unless that is a proxy', () => {
  assert.equal(peerGroup(CLIENT, trust('0')), CLIENT);
  assert.equal(peerGroup(PROXY, trust('1')), undefined);
  assert.equal(peerGroup(PROXY, trust('fly')), undefined);
  assert.equal(peerGroup(PROXY, trust('10.0.0.0/8')), undefined);
  assert.equal(peerGroup(CLIENT, trust('10.0.0.0/8')), CLIENT);
});

test('the host that a page asked for is taken from a trusted proxy alone', () => {
  const host = (setting: string, peer: string, ...lines: string[]) =>
    forwardedHost(from(peer, { 'x-forwarded-host': lines }), trust(setting));
  assert.equal(host('0', PROXY, 'lens.example'), undefined);
  assert.equal(host('1', PROXY, 'lens.example'), 'lens.example');
  assert.equal(host('1', PROXY, 'evil.example, lens.example'), 'lens.example');
  assert.equal(host('2', PROXY, 'lens.example, inner.example'), 'lens.example');
  assert.equal(host('10.0.0.0/8', PROXY, 'lens.example'), 'lens.example');
  assert.equal(host('10.0.0.0/8', CLIENT, 'lens.example'), undefined);
  assert.equal(host('1', PROXY), undefined);
});

test('lines of a header come from a real request as they were sent', async (t) => {
  const found: string[] = [];
  const { url } = await httpServer(t, (request, response) => {
    found.push(clientAddress(request, trust('heroku')), clientAddress(request, trust('1')));
    response.end();
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(
    `GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${FORGED},${CLIENT}\r\nX-Forwarded-For: ${FORGED}\r\nConnection: close\r\n\r\n`,
  );
  await once(socket.resume(), 'close');
  // Found once for each request, however many callers ask.
  assert.deepEqual(found, [CLIENT, CLIENT]);
});

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6());

test('an address has one form, however it is written', () => {
  fc.assert(
    fc.property(anyAddress, fc.integer({ min: 0, max: 65_535 }), (text, port) => {
      const address = readAddress(text);
      assert.ok(address !== undefined, text);
      const isV6 = text.includes(':');
      const forms = [
        text.toUpperCase(),
        ` ${text} `,
        isV6 ? `[${text}]:${port}` : `${text}:${port}`,
        isV6 ? `[${text}]` : `::ffff:${text}`,
        address,
      ];
      for (const form of forms) assert.equal(readAddress(form), address, form);
    }),
  );
});

test('all addresses of a /64 are one client, and no two of them are two', () => {
  const part = fc.integer({ min: 0, max: 0xffff });
  const parts = (count: number) => fc.array(part, { minLength: count, maxLength: count });
  fc.assert(
    fc.property(parts(4), parts(4), parts(4), parts(4), (network, host, otherNetwork, otherHost) => {
      const write = (all: number[]) => all.map((one) => one.toString(16)).join(':');
      const group = (all: number[]) => addressGroup(readAddress(write(all)) ?? '');
      // IPv4 inside IPv6 is IPv4.
      fc.pre(network.some((one) => one !== 0) && otherNetwork.some((one) => one !== 0));
      assert.equal(group([...network, ...host]), group([...network, ...otherHost]));
      const isSame = write(network) === write(otherNetwork);
      assert.equal(group([...network, ...host]) === group([...otherNetwork, ...host]), isSame);
    }),
  );
});

test('whatever a client writes, a proxy that adds its address to the end is believed', () => {
  const header = fc.array(fc.oneof(anyAddress, fc.string(), fc.constant('')), { maxLength: 6 });
  fc.assert(
    fc.property(header, fc.array(header, { maxLength: 3 }), anyAddress, (list, lines, client) => {
      const sent = [...lines.map((line) => line.join(',')), [...list, client].join(', ')];
      const expected = readAddress(client);
      assert.equal(clientAddress(from(PROXY, xff(...sent)), trust('1')), expected);
      const inRange = clientAddress(from(PROXY, xff(...sent)), trust(PROXY));
      if (expected !== PROXY) assert.equal(inRange, expected);
    }),
  );
});

test('any text as a header gives the address of the proxy at worst', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { maxLength: 4 }),
      fc.constantFrom('1', '3', PROXY, 'heroku'),
      (lines, setting) => {
        const found = clientAddress(from(PROXY, xff(...lines)), trust(setting));
        assert.equal(readAddress(found), found);
      },
    ),
  );
});

test('TRUST_PROXY that says nothing known ends the start, in words', () => {
  const read = (TRUST_PROXY?: string) => readConfig({ TRUST_PROXY }, { root: '.' }).trustProxy;
  assert.deepEqual(read(undefined), { kind: 'none' });
  assert.deepEqual(read(''), { kind: 'none' });
  assert.deepEqual(read('FLY'), { kind: 'header', header: 'fly-client-ip' });
  for (const wrong of [
    'yes',
    '-1',
    '17',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.1, fly',
    '10.0.0',
    '1.5',
    ',',
  ]) {
    assert.throws(() => read(wrong), {
      message: new RegExp(
        `^Environment variable TRUST_PROXY: .*how many proxies.*loopback.*fly.* expected, got "${wrong}"`,
      ),
    });
  }
});
