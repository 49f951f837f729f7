import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

const addresses = new BlockList();
addresses.addSubnet('127.0.0.0', 8, 'ipv4');
addresses.addAddress('::1', 'ipv6');

/**
 * Whether a host can only be this machine: `localhost`, 127.0.0.0/8 and ::1 in every spelling, with or without brackets
 * and the trailing period of a full name. Names below `localhost` are none: name servers are asked for them.
 */
export function isLoopback(hostName: string): boolean {
  const host = hostName
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(host) !== 0) return addresses.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
  return host === 'localhost';
}

/** Resolves every name to this machine, as `net.connect` takes it: no name server has a say in where `localhost` is. */
export const lookupLoopback: LookupFunction = (_hostName, options, callback) => {
  const [first, ...others] = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ].filter(({ family }) => !options.family || family === options.family);
  if (options.all) callback(null, [...(first ? [first] : []), ...others]);
  else callback(null, first?.address ?? '127.0.0.1', first?.family ?? 4);
};
