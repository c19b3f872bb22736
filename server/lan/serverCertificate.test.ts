import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { recordLog } from '../testing/recordedLog.ts';
import { makeAuthority, makeServerCertificate } from './makeCertificate.ts';
import type { CertificatePair } from './onePort.ts';
import { openServerCertificate, type ServerCertificateOptions } from './serverCertificate.ts';

const DAY_MS = 86_400_000;
const CHECK_MS = 20;
const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };

const wifi = (address: string): Record<string, NetworkInterfaceInfo[]> => ({
  wlan0: [
    {
      address,
      netmask: '255.255.255.0',
      family: 'IPv4',
      mac: '00:00:00:00:00:00',
      internal: false,
      cidr: `${address}/24`,
    },
  ],
});

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-certificate-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(
  t: TestContext,
  options: Omit<ServerCertificateOptions, 'log' | 'checkMs' | 'needsAddresses'>,
) {
  const { log, nth, all } = recordLog();
  const certificate = await openServerCertificate({
    needsAddresses: false,
    ...options,
    log,
    checkMs: CHECK_MS,
  });
  t.after(() => certificate.close());
  const next = () =>
    new Promise<CertificatePair>((resolve) => {
      const dispose = certificate.onNew((found) => {
        dispose();
        resolve(found);
      });
    });
  return { certificate, next, nth, all };
}

test('it is renewed while the server runs when the machine gets another address, or another name', async (t) => {
  let interfaces = wifi('192.168.1.7');
  const system = { hostname: () => 'Kitchen', networkInterfaces: () => interfaces };
  const source = { kind: 'authority' as const };
  const { certificate, next } = await open(t, { source, folder: undefined, system });
  const names = ({ cert }: CertificatePair) => new X509Certificate(cert).subjectAltName ?? '';
  assert.match(
    names(certificate.current),
    /DNS:kitchen, DNS:kitchen\.local, DNS:localhost, IP Address:192\.168\.1\.7/,
  );

  const renewed = next();
  interfaces = wifi('10.0.0.4');
  assert.match(names(await renewed), /IP Address:10\.0\.0\.4/);
  assert.deepEqual(
    certificate.addresses.map(({ address }) => address),
    ['10.0.0.4'],
  );
  await certificate.setNames(['livelens-2.local']);
  assert.match(names(certificate.current), /DNS:livelens-2\.local/);
});

test('a renewal that goes on to fail is said once, and again after it had succeeded', async (t) => {
  let isBroken = false;
  let checks = 0;
  const counts = new EventEmitter();
  const system = {
    hostname: () => {
      checks += 1;
      counts.emit('check');
      if (isBroken) throw new Error('no name');
      return 'kitchen';
    },
    networkInterfaces: () => wifi('192.168.1.7'),
  };
  const { nth, all } = await open(t, { source: { kind: 'authority' }, folder: undefined, system });
  const several = async () => {
    const until = checks + 4;
    while (checks < until) await once(counts, 'check');
  };
  const MESSAGE = 'the certificate was not renewed';
  isBroken = true;
  assert.equal((await nth(MESSAGE, 1)).error, 'no name');
  await several();
  assert.equal(all(MESSAGE).length, 1);
  isBroken = false;
  await several();
  isBroken = true;
  await nth(MESSAGE, 2);
});

async function ownFiles(t: TestContext) {
  const folder = await temporaryFolder(t);
  const authority = await makeAuthority('Own', { dns: ['example'], networks: [] }, validity);
  const make = (name: string) =>
    makeServerCertificate(authority, name, { dns: ['lens.example'], ip: [] }, validity);
  const source = {
    kind: 'files' as const,
    certFile: path.join(folder, 'cert.pem'),
    keyFile: path.join(folder, 'key.pem'),
  };
  /** As what renews certificates does it: whole files, one after the other. */
  const replace = async (file: string, text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const first = await make('first');
  await replace(source.certFile, first.cert);
  await replace(source.keyFile, first.key);
  return { source, make, replace, first };
}

const nameOf = ({ cert }: CertificatePair) => new X509Certificate(cert).subject;

test('a certificate of one’s own is read again when it is replaced; a broken one changes nothing, and is said', async (t) => {
  const { source, make, replace } = await ownFiles(t);
  const { certificate, next, nth } = await open(t, { source, folder: undefined });
  assert.equal(certificate.authority, undefined);
  assert.equal(nameOf(certificate.current), 'CN=first');

  await replace(source.certFile, 'no certificate');
  const { why } = await nth('the new certificate cannot be used, the previous one goes on', 1);
  assert.match(String(why), /TLS_CERT=.*TLS_KEY=/);
  assert.equal(nameOf(certificate.current), 'CN=first');

  const second = await make('second');
  const replaced = next();
  await replace(source.certFile, second.cert);
  await replace(source.keyFile, second.key);
  assert.equal(nameOf(await replaced), 'CN=second');
});

test('a certificate of one’s own without LAN mode: no one asks for the addresses of the machine', async (t) => {
  const { source, make, replace } = await ownFiles(t);
  let asked = 0;
  const system = {
    hostname: () => 'kitchen',
    networkInterfaces: () => {
      asked += 1;
      return wifi('192.168.1.7');
    },
  };
  const { certificate, next } = await open(t, { source, folder: undefined, system });
  const replaced = next();
  const second = await make('second');
  await replace(source.certFile, second.cert);
  await replace(source.keyFile, second.key);
  // The files are checked as often as addresses would be.
  await replaced;
  assert.equal(asked, 0);
  assert.deepEqual(certificate.addresses, []);
});

test('a start with files that are missing, broken or of two pairs says which and why', async (t) => {
  const { source, make, replace } = await ownFiles(t);
  const start = () => open(t, { source, folder: undefined });
  await replace(source.keyFile, (await make('another')).key);
  await assert.rejects(start(), /TLS_CERT=.* and TLS_KEY=.*: a certificate and its key expected/);
  await replace(source.keyFile, 'no key');
  await assert.rejects(start(), /TLS_KEY=/);
  await rm(source.keyFile);
  await assert.rejects(start(), /TLS_KEY=.*key\.pem cannot be read/);
});
