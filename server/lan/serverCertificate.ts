import { hostname, networkInterfaces } from 'node:os';
import { messageOf } from '../../protocol/errors.ts';
import type { TlsSource } from '../config/lanMode.ts';
import type { Log } from '../telemetry/log.ts';
import { type Authority, openAuthority } from './authority.ts';
import { defaultRouteAddress, type LanAddress, lanAddresses } from './lanAddresses.ts';
import type { CertificatePair } from './onePort.ts';
import { readOwnCertificate, watchOwnCertificate } from './ownCertificate.ts';

export interface ServerCertificateOptions {
  source: TlsSource;
  /** Whether `addresses` are wanted: with a certificate of the operator's own and no LAN mode they are not. */
  needsAddresses: boolean;
  /** Private to this user; undefined: nothing is kept. */
  folder: string | undefined;
  log: Log;
  /** What this machine is like; as Node tells it by default. */
  system?: Pick<typeof import('node:os'), 'hostname' | 'networkInterfaces'>;
  /** How often addresses and files are checked, ms. */
  checkMs?: number;
  /** ms since 1970 */
  now?: () => number;
}

/** The certificate that the server shows, as it is now. */
export interface ServerCertificate {
  readonly current: CertificatePair;
  /** Undefined with a certificate of the operator's own. */
  readonly authority: Authority | undefined;
  /** The addresses of this machine for others, the one for phones first; none where they are not needed. */
  readonly addresses: readonly LanAddress[];
  /** Names in addition to those of the machine, such as `livelens.local`. */
  setNames(names: readonly string[]): Promise<void>;
  /** The certificate was renewed or replaced. Returns its disposer. */
  onNew(listener: (certificate: CertificatePair) => void): () => void;
  close(): void;
}

/** Addresses change when a laptop changes its network: a person takes longer to scan a code. */
const CHECK_MS = 5_000;

/**
 * Opens the certificate, and renews it while the server runs: before it ends, and when the addresses of the machine change.
 * @throws Error that names the setting, where a certificate of the operator's own cannot be used
 */
export async function openServerCertificate(options: ServerCertificateOptions): Promise<ServerCertificate> {
  const { source, log, system = { hostname, networkInterfaces } } = options;
  const needsAddresses = options.needsAddresses || source.kind === 'authority';
  const { checkMs = CHECK_MS, now = Date.now } = options;
  const listeners = new Set<(certificate: CertificatePair) => void>();
  const findAddresses = async () => lanAddresses(system.networkInterfaces(), await defaultRouteAddress());
  let addresses = needsAddresses ? await findAddresses() : [];
  const show = (certificate: CertificatePair) => {
    current = certificate;
    for (const listener of listeners) listener(certificate);
  };
  const authority =
    source.kind === 'files'
      ? undefined
      : await openAuthority({
          folder: options.folder,
          hostname: system.hostname(),
          networks: addresses.map(({ cidr }) => cidr).filter((cidr) => cidr !== undefined),
          now,
          onNote: (note) => log.warn({ folder: options.folder }, note),
        });
  let names: readonly string[] = [];
  const issue = ({ permitted, issue: make }: Authority) => make(permitted(namesOf(system, addresses, names)));
  let current = authority ? await issue(authority) : await readOwnCertificate(filesOf(source));

  async function renew(): Promise<void> {
    if (authority === undefined) return;
    const next = await issue(authority);
    if (next.cert === current.cert) return;
    log.info({ addresses: addresses.map(({ address }) => address) }, 'the certificate was renewed');
    show(next);
  }

  async function check(): Promise<void> {
    addresses = await findAddresses();
    await renew();
  }

  let checking = Promise.resolve();
  /** Said once, not with each check. */
  let problem: string | undefined;
  const checkNext = () => {
    checking = checking.then(check).then(
      () => {
        problem = undefined;
      },
      (error: unknown) => {
        if (messageOf(error) === problem) return;
        problem = messageOf(error);
        log.error(
          { error: problem, follows: 'The previous one goes on. It is tried again.' },
          'the certificate was not renewed',
        );
      },
    );
  };
  const timer = needsAddresses ? setInterval(checkNext, checkMs) : undefined;
  const unwatch =
    source.kind === 'files' ? watchOwnCertificate(source, show, log, options.checkMs) : undefined;
  return {
    get current() {
      return current;
    },
    authority,
    get addresses() {
      return addresses;
    },
    setNames(next) {
      names = next;
      return renew();
    },
    onNew(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearInterval(timer);
      unwatch?.();
    },
  };
}

function filesOf(source: TlsSource) {
  if (source.kind === 'files') return source;
  throw new Error('There are no files.');
}

function namesOf(
  system: Pick<typeof import('node:os'), 'hostname'>,
  addresses: readonly LanAddress[],
  names: readonly string[],
) {
  const own = system.hostname().toLowerCase();
  return {
    dns: [...new Set([...names, own, `${own.split('.')[0]}.local`, 'localhost'])],
    ip: [...addresses.map(({ address }) => address), '127.0.0.1', '::1'],
  };
}
