import { isInRanges, readAddress, readRange } from './ipAddress.ts';

const LOOPBACK = ['127.0.0.0/8', '::1'].map(readRange).filter((range) => range !== undefined);

/** Whether a name or an address stands for this machine alone. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const address = readAddress(bare);
  return address === undefined ? /^(.+\.)?localhost$/.test(bare) : isInRanges(address, LOOPBACK);
}
