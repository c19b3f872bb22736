import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '../../protocol/errors.ts';
import type { PhoneLink } from '../../protocol/lan.ts';
import type { ProxyOptions } from '../access/clientAddress.ts';
import type { Pairing } from '../access/pairing.ts';
import type { LanMode } from '../config/lanMode.ts';
import { claimName } from './lanName.ts';
import { serverNames } from './makeCertificate.ts';
import { acceptTls } from './onePort.ts';
import { answerToPlain, isPlainFromOutside, PHONE_PAGE } from './plainHttp.ts';
import { openServerCertificate, type ServerCertificateOptions } from './serverCertificate.ts';

export interface LanOptions
  extends Pick<LanMode, 'lan'>,
    ProxyOptions,
    Omit<ServerCertificateOptions, 'source' | 'needsAddresses'> {
  tls: NonNullable<LanMode['tls']>;
  /** Has no listener of connections yet. */
  server: Server;
  /** As in HOST. */
  host: string | undefined;
  basePath: string;
  pairing: Pairing | undefined;
  /** See OnePortOptions. */
  timeoutMs: number;
  onSecure(socket: Socket, secure: TLSSocket): void;
}

/** https on the server's port; in LAN mode also what other machines get, and are sent to. */
export interface Lan {
  /** Undefined with a certificate of the operator's own. */
  readonly authority: { readonly certificate: string; readonly fingerprint: string } | undefined;
  /** See PhoneLink; undefined where the machine is on no network. @param code the one that is shown, and may go on */
  invite(code?: string): PhoneLink | undefined;
  /** Whether this request has to come by TLS, and did not. */
  mustUseTls(request: IncomingMessage): boolean;
  /** Answers a request that has to come by TLS, where it needs another answer than it asked for. @returns whether it did */
  answerPlain(request: IncomingMessage, response: ServerResponse): boolean;
  /** The server listens. @param port the one that it got */
  begin(port: number): void;
  close(): Promise<void>;
}

const ANY = new Set([undefined, '', '0.0.0.0', '::']);

const inUrl = (name: string) => (isIPv6(name) ? `[${name}]` : name);

export async function openLan(options: LanOptions): Promise<Lan> {
  const { server, basePath, pairing, host, log } = options;
  const certificate = await openServerCertificate({
    ...options,
    source: options.tls,
    needsAddresses: options.lan !== undefined,
  });
  const onePort = acceptTls(server, { ...options, certificate: certificate.current });
  certificate.onNew(onePort.setCertificate);
  let port = 0;
  let localName: string | undefined;
  let claimed: { close(): Promise<void> } | undefined;

  /** Names and addresses by which others reach this server, the best for phones first. */
  function hosts(): string[] {
    if (!ANY.has(host)) return host === undefined ? [] : [host];
    const addresses = certificate.addresses.map(({ address }) => address);
    // What a certificate of the operator's own is for is what browsers accept; an address is not in it.
    const named = certificate.authority ? [] : serverNames(certificate.current.cert);
    // The first as a number: not every phone knows names of this kind.
    return [
      ...named,
      ...addresses.slice(0, 1),
      ...(localName === undefined ? [] : [localName]),
      ...addresses.slice(1),
    ];
  }
  const urlOf = (name: string) => `https://${inUrl(name)}${port === 443 ? '' : `:${port}`}${basePath}/`;

  const mustUseTls = (request: IncomingMessage) =>
    options.lan !== undefined && isPlainFromOutside(request, options);

  return {
    authority: certificate.authority,
    invite(shown) {
      const [first, ...others] = hosts().map(urlOf);
      if (first === undefined) return undefined;
      if (pairing === undefined) return { url: first, others };
      const isGood = shown !== undefined && pairing.isWaiting(shown);
      const { code, expiresAt } = isGood ? { code: shown, expiresAt: undefined } : pairing.mint();
      return {
        url: `${first}#${new URLSearchParams({ pair: code })}`,
        code,
        ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
        others,
      };
    },
    mustUseTls,
    answerPlain(request, response) {
      if (!mustUseTls(request)) return false;
      const [first = 'localhost'] = hosts();
      const answer = answerToPlain(request, `${inUrl(first)}:${port}`, basePath);
      switch (answer.kind) {
        case 'serve':
          return false;
        case 'explain':
          request.url = basePath + PHONE_PAGE;
          return false;
        case 'redirect':
          // Not for good: LAN mode may be switched off, and the next address be another machine's.
          response.writeHead(307, { Location: answer.location, 'Cache-Control': 'no-store' }).end();
          return true;
        default:
          return answer satisfies never;
      }
    },
    begin(listening) {
      port = listening;
      if (options.lan?.name === undefined) return;
      claimed = claimName({
        wanted: options.lan.name,
        port,
        hostname: hostname(),
        log,
        onName(name) {
          localName = name;
          if (name === undefined) return;
          log.info({ name }, 'name on the network');
          void certificate.setNames([name]).catch((error: unknown) => {
            log.warn({ name, error: messageOf(error) }, 'the certificate does not have this name');
          });
        },
      });
    },
    async close() {
      await claimed?.close();
      certificate.close();
      onePort.close();
    },
  };
}
