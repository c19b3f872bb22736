import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A range of addresses: its first address and the number of leading bits that count. */
export type AddressRange = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number];

/**
 * An address as sockets and proxies write it: with a port (`1.2.3.4:5678`, `[::1]:80`: Azure and IIS add one), in
 * brackets or quotes, with a zone (`fe80::1%eth0`). An IPv4 address inside an IPv6 one is that IPv4 address.
 * @returns undefined for anything else
 */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const host =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(bare)?.[1] ?? /^(\d[\d.]*\d):\d{1,5}$/.exec(bare)?.[1] ?? bare;
  const [address = ''] = host.split('%');
  // Stricter than ipaddr.js, which reads "1" and "0x7f.1", too.
  return isIP(address) === 0 ? undefined : ipaddr.process(address);
}

/** @returns the one way to write this address (RFC 5952); undefined where the text is none */
export const readAddress = (text: string): string | undefined => parse(text)?.toString();

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, since a client with one address of a /64 has
 * them all.
 * @param address as `readAddress` gives it; anything else stands for itself
 */
export function addressGroup(address: string): string {
  const parsed = parse(address);
  if (parsed === undefined || parsed instanceof ipaddr.IPv4) return address;
  const network = [...parsed.parts.slice(0, 4), 0, 0, 0, 0];
  return `${new ipaddr.IPv6(network).toString()}/64`;
}

/** @returns undefined where the text is neither an address nor a range such as `10.0.0.0/8` */
export function readRange(text: string): AddressRange | undefined {
  const [host = '', bits, ...more] = text.split('/');
  const address = parse(host);
  if (address === undefined || more.length > 0) return undefined;
  const most = address instanceof ipaddr.IPv4 ? 32 : 128;
  if (bits === undefined) return [address, most];
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined;
  return [address, Number(bits)];
}

/** Ranges that the program names: what is none is left out. */
export const readRanges = (texts: readonly string[]): AddressRange[] =>
  texts.map(readRange).filter((range) => range !== undefined);

/** @param address as `readAddress` gives it */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  const parsed = parse(address);
  return ranges.some(([start, bits]) => parsed?.kind() === start.kind() && parsed.match(start, bits));
}
