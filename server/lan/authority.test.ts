import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type AuthorityOptions, openAuthority } from './authority.ts';
import type { HostNames } from './makeCertificate.ts';

const DAY_MS = 86_400_000;
const NAMES: HostNames = {
  dns: ['livelens.local', 'kitchen'],
  ip: ['192.168.1.7', 'fd00::7', '203.0.113.9'],
};

async function open(t: TestContext, options: Partial<AuthorityOptions> = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-authority-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const notes: string[] = [];
  const openAgain = (again: Partial<AuthorityOptions> = {}) =>
    openAuthority({
      folder,
      hostname: 'Kitchen',
      networks: ['192.168.1.7/24', '203.0.113.9/28'],
      now: Date.now,
      onNote: (note) => notes.push(note),
      ...options,
      ...again,
    });
  return { folder, notes, openAgain, authority: await openAgain() };
}

const run = promisify(execFile);
const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);
const needsOpenssl = { skip: hasOpenssl ? false : 'there is no openssl here' };

/** What openssl says of a certificate. */
async function openssl(t: TestContext, authority: string, cert: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-openssl-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [authorityFile, file] = [path.join(folder, 'authority.pem'), path.join(folder, 'leaf.pem')];
  await writeFile(authorityFile, authority);
  await writeFile(file, cert);
  return {
    verify: (...args: string[]) =>
      run('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        ...args,
        '-CAfile',
        authorityFile,
        file,
      ]),
    text: async () => (await run('openssl', ['x509', '-in', file, '-noout', '-text'])).stdout,
  };
}

test('openssl verifies a certificate for each of its names, and for no other', needsOpenssl, async (t) => {
  const { authority } = await open(t);
  const { cert } = await authority.issue(authority.permitted(NAMES));
  const { verify } = await openssl(t, authority.certificate, cert);
  for (const name of NAMES.dns) await verify('-verify_hostname', name);
  for (const address of NAMES.ip) await verify('-verify_ip', address);
  await assert.rejects(verify('-verify_hostname', 'example.com'), /hostname mismatch/);
  await assert.rejects(verify('-verify_ip', '192.168.1.8'), /IP address mismatch/);
});

test('openssl refuses what the authority signs for anyone else', needsOpenssl, async (t) => {
  const { authority } = await open(t);
  for (const names of [
    { dns: ['example.com'], ip: [] },
    { dns: ['kitchen'], ip: ['8.8.8.8'] },
    { dns: ['kitchen'], ip: ['2001:db8::1'] },
  ]) {
    const { cert } = await authority.issue(names);
    const { verify } = await openssl(t, authority.certificate, cert);
    await assert.rejects(verify(), /permitted subtree violation/, JSON.stringify(names));
  }
});

test('a certificate keeps the published rules of iOS 13 and later', needsOpenssl, async (t) => {
  // https://support.apple.com/103769 and https://support.apple.com/102028
  const { authority } = await open(t);
  const { cert } = await authority.issue(authority.permitted(NAMES));
  const leaf = new X509Certificate(cert);
  assert.deepEqual(leaf.publicKey.asymmetricKeyDetails, { namedCurve: 'prime256v1' });
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'extended key usage: servers alone');
  assert.match(leaf.subjectAltName ?? '', /DNS:livelens\.local.*IP Address:192\.168\.1\.7/);
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY_MS;
  assert.ok(days < 398, `${days} days`);
  assert.equal(leaf.ca, false);
  const text = await (await openssl(t, authority.certificate, cert)).text();
  assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
  assert.match(text, /Version: 3/);
  assert.ok(new X509Certificate(authority.certificate).ca);
});

test('it may sign for private networks, local names, and what this machine is called', async (t) => {
  const { authority } = await open(t);
  const asked = {
    dns: ['kitchen', 'livelens.local', 'localhost', 'example.com', 'kitchen.example.com', 'local.example'],
    ip: [
      '10.9.8.7',
      '192.168.200.1',
      '203.0.113.14',
      '203.0.113.17',
      '8.8.8.8',
      '::1',
      'fe80::1',
      '2001:db8::1',
    ],
  };
  assert.deepEqual(authority.permitted(asked), {
    dns: ['kitchen', 'livelens.local', 'localhost'],
    ip: ['10.9.8.7', '192.168.200.1', '203.0.113.14', '::1', 'fe80::1'],
  });
});

test('it is made once, and its keys are for this user alone', async (t) => {
  const { folder, authority, openAgain, notes } = await open(t);
  await authority.issue(NAMES);
  const [again, atOnce] = await Promise.all([openAgain(), openAgain()]);
  assert.equal(again.fingerprint, authority.fingerprint);
  assert.equal(atOnce.fingerprint, authority.fingerprint);
  assert.deepEqual(notes, []);
  if (process.platform === 'win32') return;
  for (const file of ['authority.pem', 'certificate.pem']) {
    const { mode } = await stat(path.join(folder, file));
    assert.equal(mode & 0o777, 0o600, file);
  }
});

test('a certificate is kept over restarts, and renewed for a new address and before it ends', async (t) => {
  const { authority, openAgain } = await open(t);
  const { cert } = await authority.issue(NAMES);
  assert.equal((await (await openAgain()).issue(NAMES)).cert, cert);
  assert.equal((await authority.issue({ ...NAMES, ip: ['fd00::7'] })).cert, cert, 'an address may come back');
  const later = (days: number) => openAgain({ now: () => Date.now() + days * DAY_MS });
  assert.equal((await (await later(365)).issue(NAMES)).cert, cert);
  assert.notEqual((await (await later(367)).issue(NAMES)).cert, cert);
  const moved = await (await openAgain()).issue({ ...NAMES, ip: [...NAMES.ip, '10.0.0.2'] });
  assert.notEqual(moved.cert, cert);
});

const addressesOf = (cert: string) =>
  [...(new X509Certificate(cert).subjectAltName ?? '').matchAll(/IP Address:([0-9.]+)/g)].map(([, ip]) => ip);

test('a laptop that comes back to a network has its certificate there still; the oldest networks are left out', async (t) => {
  const { authority, openAgain } = await open(t);
  const at = (ip: string) => ({ dns: ['kitchen'], ip: [ip] });
  await authority.issue(at('192.168.1.7'));
  const { cert } = await authority.issue(at('10.0.0.2'));
  assert.deepEqual(addressesOf(cert), ['10.0.0.2', '192.168.1.7']);
  assert.equal((await authority.issue(at('192.168.1.7'))).cert, cert);
  assert.equal((await (await openAgain()).issue(at('192.168.1.7'))).cert, cert, 'after a restart, too');
  for (let i = 0; i < 16; i++) await authority.issue(at(`10.1.0.${i}`));
  const { cert: last } = await authority.issue(at('10.2.0.1'));
  assert.equal(addressesOf(last).length, 17);
  assert.ok(!addressesOf(last).includes('192.168.1.7'));
});

test('two servers of one installation come to share a certificate, and neither takes names from the other', async (t) => {
  const { authority: first, openAgain } = await open(t);
  const second = await openAgain();
  const one = { dns: ['livelens.local'], ip: ['192.168.1.7'] };
  const two = { dns: ['livelens-2.local'], ip: ['192.168.1.7'] };
  await first.issue(one);
  const shared = await second.issue(two);
  assert.match(
    new X509Certificate(shared.cert).subjectAltName ?? '',
    /livelens-2\.local, DNS:livelens\.local/,
  );
  assert.equal((await (await openAgain()).issue(one)).cert, shared.cert, 'the first one, started again');
  // Both get another address: the one that is later takes what the other made.
  const moved = (names: HostNames) => ({ ...names, ip: ['10.0.0.2'] });
  const { cert } = await first.issue(moved(one));
  assert.equal((await second.issue(moved(two))).cert, cert);
});

test('an authority that others could read, that is damaged or ends soon is replaced, and it is said', async (t) => {
  const { folder, authority, openAgain, notes } = await open(t);
  const file = path.join(folder, 'authority.pem');
  const fingerprints = new Set([authority.fingerprint]);
  if (process.platform !== 'win32') {
    await chmod(file, 0o640);
    fingerprints.add((await openAgain()).fingerprint);
    assert.match(notes.at(-1) ?? '', /others could read/);
  }
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 300));
  fingerprints.add((await openAgain()).fingerprint);
  assert.match(notes.at(-1) ?? '', /damaged/);
  fingerprints.add((await openAgain({ now: () => Date.now() + 9 * 365 * DAY_MS })).fingerprint);
  assert.equal(fingerprints.size, process.platform === 'win32' ? 3 : 4);
});

test('without a folder it lasts as long as the process', async (t) => {
  const { authority } = await open(t, { folder: undefined });
  const { cert } = await authority.issue(NAMES);
  assert.equal((await authority.issue(NAMES)).cert, cert);
});

test('a folder that cannot be used stops no start: the authority then lasts as long as the process', async (t) => {
  const { folder, openAgain, notes } = await open(t);
  const file = path.join(folder, 'authority.pem');
  await rm(file);
  await mkdir(file);
  const authority = await openAgain();
  const { cert } = await authority.issue(NAMES);
  assert.ok(new X509Certificate(cert).verify(new X509Certificate(authority.certificate).publicKey));
  assert.match(notes.at(-1) ?? '', /cannot be kept/);
});

test('what was made while the clock was fast is replaced when the clock is right', async (t) => {
  const fast = () => Date.now() + 400 * DAY_MS;
  const { authority, openAgain, notes } = await open(t, { now: fast });
  await authority.issue(NAMES);
  const right = await openAgain({ now: Date.now });
  assert.notEqual(right.fingerprint, authority.fingerprint);
  assert.match(notes.at(-1) ?? '', /clock/);
  const { cert } = await right.issue(NAMES);
  // The clock was fast for the certificate alone.
  const soon = await (await openAgain({ now: fast })).issue({ ...NAMES, dns: ['other.local'] });
  const again = await (await openAgain({ now: Date.now })).issue({ ...NAMES, dns: ['other.local'] });
  assert.notEqual(again.cert, soon.cert);
  for (const each of [right.certificate, cert, again.cert]) {
    assert.ok(Date.parse(new X509Certificate(each).validFrom) < Date.now());
  }
});

test('a machine whose name has letters of another script keeps its certificate', async (t) => {
  const hostname = '厨房';
  const { authority } = await open(t, { hostname });
  const names = authority.permitted({ dns: [hostname, `${hostname}.local`, 'livelens.local'], ip: [] });
  const { cert } = await authority.issue(names);
  assert.equal((await authority.issue(names)).cert, cert);
  assert.equal(new X509Certificate(cert).subjectAltName, 'DNS:livelens.local');
});
