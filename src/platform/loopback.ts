import { BlockList, isIP, isIPv6 } from 'node:net';

const addresses = new BlockList();
addresses.addSubnet('127.0.0.0', 8, 'ipv4');
addresses.addAddress('::1', 'ipv6');

/**
 * Whether a host can only be this machine: `localhost` and names below it, 127.0.0.0/8 and ::1 in every spelling. With or
 * without brackets and the trailing period of a full name.
 */
export function isLoopback(hostName: string): boolean {
  const host = hostName
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(host) !== 0) return addresses.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
  return host === 'localhost' || host.endsWith('.localhost');
}
