/** Addresses that stand for all of a machine, as HOST may name them. */
const ANY = new Set(['', '0.0.0.0', '::']);

/**
 * What a person opens to reach a server that listens on `host`. (Of an IPv6 address with a zone, such as fe80::1%eth0, the
 * form of RFC 6874: curl opens it, browsers have none.)
 * @param host as in HOST; undefined: all addresses
 */
export function listenUrl(host: string | undefined, port: number): string {
  if (host === undefined || ANY.has(host)) return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host.replace('%', '%25')}]` : host}:${port}`;
}
