import { createPrivateKey, X509Certificate } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import {
  createPrivateFile,
  type PrivateFile,
  readPrivateFile,
  replacePrivateFile,
} from '../access/privateFile.ts';
import { isInNetworks, PRIVATE_NETWORKS } from './lanAddresses.ts';
import {
  alternativeNames,
  type HostNames,
  makeAuthority,
  makeServerCertificate,
  type NamesPermitted,
  permittedNames,
} from './makeCertificate.ts';
import type { CertificatePair } from './onePort.ts';

/** The certificate authority of this installation. Its private key does not leave the machine. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** SHA-256, as systems show it: `AB:CD:…`. */
  readonly fingerprint: string;
  /** Those of the names that it may sign for. */
  permitted(names: HostNames): HostNames;
  /**
   * The certificate for these names: the previous one where that has them and is good for a while, else a new one, which has
   * recent names as well: who trusted it in one network is not warned there again when the machine comes back.
   */
  issue(names: HostNames): Promise<CertificatePair>;
}

export interface AuthorityOptions {
  /** Private to this user; undefined: the authority lasts as long as the process. */
  folder: string | undefined;
  /** Of this machine. */
  hostname: string;
  /** Networks that this machine is in. */
  networks: readonly string[];
  /** ms since 1970 */
  now: () => number;
  /** Something was made or put right; for the log. */
  onNote(note: string): void;
}

const DAY_MS = 24 * 3_600_000;
/** For phones whose clock is slow. */
const BACKDATED_MS = DAY_MS;
const AUTHORITY_MS = 10 * 365 * DAY_MS;
/**
 * With what it is backdated below 398 days: the limit for the authorities that systems bring along
 * (https://support.apple.com/102028). Those that a person installs may pass it in some systems, and need not.
 */
const CERTIFICATE_MS = 396 * DAY_MS;
/** Renewed this long before it ends: a laptop may be closed for weeks. */
const RENEWED_MS = 30 * DAY_MS;
/** Names and addresses of before that a certificate goes on to have. */
const MAX_RECENT = 16;
/** Other processes of this user may make it at the same time; one of them succeeds. */
const TRIES = 5;

/**
 * Opens the authority of this installation, and makes it where there is none, where it has nearly ended, is damaged, or others
 * could read its key. Where the folder cannot be read or written (it is full, say), it lasts as long as the process.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { folder } = options;
  if (folder !== undefined) {
    try {
      return await openStored(folder, options);
    } catch (error) {
      options.onNote(
        `the certificate authority cannot be kept, and is another one after the next start: ${messageOf(error)}`,
      );
    }
  }
  return createAuthority(await newAuthority(options), { ...options, folder: undefined });
}

async function openStored(folder: string, options: AuthorityOptions): Promise<Authority> {
  const { now } = options;
  const file = path.join(folder, 'authority.pem');
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await readPrivateFile(file);
    const pair = found && readPair(found);
    if (
      found !== undefined &&
      !found.isExposed &&
      pair &&
      isValid(new X509Certificate(pair.cert), now(), CERTIFICATE_MS)
    ) {
      return createAuthority(pair, options);
    }
    if (found !== undefined) {
      options.onNote(
        found.isExposed
          ? 'others could read the key of the certificate authority: it is replaced. Remove the old one from devices that trust it'
          : 'the certificate authority has ended, was damaged, or was made while the clock was wrong: it is replaced. Devices that trusted it need the new one',
      );
      await unlink(file).catch(() => {});
    }
    const made = await newAuthority(options);
    if (await createPrivateFile(file, textOf(made))) return createAuthority(made, options);
  }
  throw new Error(`${file} cannot be read`);
}

function newAuthority({ hostname, networks, now }: AuthorityOptions): Promise<CertificatePair> {
  // Addresses and names of private networks, and those of this machine: whoever installs the authority gives it no power
  // over any other site.
  const outside = networks.filter((network) => !isInNetworks(network.split('/')[0] ?? '', PRIVATE_NETWORKS));
  const permitted: NamesPermitted = {
    dns: [...new Set(['local', 'localhost', hostname.toLowerCase()])].filter(isHostName),
    networks: [...PRIVATE_NETWORKS, ...outside],
  };
  return makeAuthority(`Livelens on ${hostname}`, permitted, {
    notBefore: new Date(now() - BACKDATED_MS),
    notAfter: new Date(now() + AUTHORITY_MS),
  });
}

function createAuthority(pair: CertificatePair, { folder, now }: AuthorityOptions): Authority {
  const certificate = new X509Certificate(pair.cert);
  const { dns, networks } = permittedNames(pair.cert);
  const file = folder && path.join(folder, 'certificate.pem');
  /** Read once: whether it is still good is asked every few seconds. */
  let last: IssuedCertificate | undefined;

  const isGood = (issued: IssuedCertificate, names: HostNames) =>
    isValid(issued.certificate, now(), RENEWED_MS) && covers(issued.names, names);

  /** Browsers remember an exception for one certificate: a restart must not cost people another one. */
  async function readKept(): Promise<IssuedCertificate | undefined> {
    const stored = file && (await readPrivateFile(file).catch(() => undefined));
    const kept = stored && !stored.isExposed ? readPair(stored) : undefined;
    return kept && new X509Certificate(kept.cert).verify(certificate.publicKey) ? issuedOf(kept) : undefined;
  }

  const permitted = (names: HostNames): HostNames => ({
    dns: names.dns.filter(
      (name) => isHostName(name) && dns.some((base) => name === base || name.endsWith(`.${base}`)),
    ),
    ip: names.ip.filter((address) => isInNetworks(address, networks)),
  });

  return {
    certificate: pair.cert,
    fingerprint: certificate.fingerprint256,
    permitted,
    async issue(names) {
      if (last && isGood(last, names)) return last.pair;
      const previous = last;
      // Another server of this installation may have a newer one: they share it.
      last = (await readKept()) ?? last;
      if (last && isGood(last, names)) return last.pair;
      const recent = [last, previous].flatMap((issued) => (issued ? [permitted(issued.names)] : []));
      last = issuedOf(
        await makeServerCertificate(pair, names.dns[0] ?? 'Livelens', withRecent(names, recent), {
          notBefore: new Date(now() - BACKDATED_MS),
          notAfter: new Date(now() + CERTIFICATE_MS),
        }),
      );
      if (file) await replacePrivateFile(file, textOf(last.pair)).catch(() => {});
      return last.pair;
    },
  };
}

/** A certificate of a server, and what it says. */
interface IssuedCertificate {
  readonly pair: CertificatePair;
  readonly certificate: X509Certificate;
  readonly names: HostNames;
}

const issuedOf = (pair: CertificatePair): IssuedCertificate => ({
  pair,
  certificate: new X509Certificate(pair.cert),
  names: alternativeNames(pair.cert),
});

/** Whether it is valid now, and for this time. One that was made while the clock was fast is not valid yet. */
function isValid({ validFrom, validTo }: X509Certificate, now: number, forMs: number): boolean {
  return Date.parse(validFrom) <= now && Date.parse(validTo) - now > forMs;
}

/** Whether it is for all of these names. More do no harm: an address that is gone comes back tomorrow. */
const covers = (found: HostNames, { dns, ip }: HostNames): boolean =>
  dns.every((name) => found.dns.includes(name)) && ip.every((address) => found.ip.includes(address));

/** The newest first, so that the oldest are left out. */
const withRecent = (names: HostNames, recent: readonly HostNames[]): HostNames => {
  const join = (kind: keyof HostNames) =>
    [...new Set([names, ...recent].flatMap((each) => each[kind]))].slice(0, names[kind].length + MAX_RECENT);
  return { dns: join('dns'), ip: join('ip') };
};

/** What a host may be called in a certificate: letters of other scripts are no part of such a name, and would come back as others. */
const isHostName = (name: string): boolean => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_-]+)*$/.test(name);

/** Key first, as one file: the two cannot be of different ages. */
const textOf = ({ cert, key }: CertificatePair): string => key + cert;

/** @returns undefined where it is damaged */
function readPair({ text }: PrivateFile): CertificatePair | undefined {
  const [key] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text) ?? [];
  const [cert] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text) ?? [];
  if (key === undefined || cert === undefined) return undefined;
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined;
  } catch {
    return undefined;
  }
}
