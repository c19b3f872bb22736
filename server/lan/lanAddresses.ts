import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { isInRanges, readRanges } from '../access/ipAddress.ts';

/** An address at which other machines may reach this one. */
export interface LanAddress {
  readonly address: string;
  /** Its network, as `192.168.1.7/24`; undefined where the system does not tell. */
  readonly cidr: string | undefined;
  readonly interfaceName: string;
}

/** Networks that no one on the internet can reach a site of: RFC 1918, 3927, 4193, 4291 and 6598. */
export const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
] as const;

export const isInNetworks = (address: string, networks: readonly string[]): boolean =>
  isInRanges(address, readRanges(networks));

/** Interfaces between this machine and its own containers and virtual machines: no phone is there. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|bridge\d|vEthernet|utun|awdl|llw|lxc|cni|flannel)/;
/** An address of an IPv6 link says nothing without the name of an interface, for which browsers have no form. */
const LINK_LOCAL = 'fe80::/10';

/**
 * The addresses of this machine for others on its network, the one for phones first.
 * @param interfaces as `os.networkInterfaces` gives them
 * @param onDefaultRoute see `defaultRouteAddress`
 */
export function lanAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  onDefaultRoute: string | undefined,
): LanAddress[] {
  const all = Object.entries(interfaces).flatMap(([interfaceName, infos = []]) =>
    infos
      .filter(({ address, internal }) => !internal && !isInNetworks(address, [LINK_LOCAL]))
      .map(({ address, cidr }) => ({ address, cidr: cidr ?? undefined, interfaceName })),
  );
  // Phones know IPv4 on each network, and people can type it.
  const rank = ({ address, interfaceName }: LanAddress) =>
    [
      !isIPv4(address),
      VIRTUAL.test(interfaceName),
      address !== onDefaultRoute,
      !isInNetworks(address, PRIVATE_NETWORKS),
    ].reduce((sum, isWorse) => sum * 2 + Number(isWorse), 0);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** Of TEST-NET-3 (RFC 5737), which leads nowhere. */
const NOWHERE = '203.0.113.1';

/**
 * The address from which this machine would send to the internet: it is on the network that people mean. Nothing is sent:
 * a UDP socket only looks up its route.
 */
export async function defaultRouteAddress(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, NOWHERE);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined; // no network
  } finally {
    socket.close();
  }
}
