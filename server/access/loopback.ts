import { isInRanges, readAddress, readRanges } from './ipAddress.ts';

const LOOPBACK = readRanges(['127.0.0.0/8', '::1']);

/** Whether a name or an address stands for this machine alone. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const address = readAddress(bare);
  return address === undefined ? /^(.+\.)?localhost$/.test(bare) : isInRanges(address, LOOPBACK);
}
