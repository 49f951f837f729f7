import { BlockList, isIP, isIPv6 } from 'node:net';
import { IcError } from './errors.ts';
import { isLoopback } from './loopback.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which `target` is reached, null for none: the configured one, else the one of the environment
 * (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, minus `NO_PROXY`; never for this machine itself). It may hold a password.
 */
export function proxyFor(target: URL, configured: string | null, env: Environment): URL | null {
  if (configured !== null) return toProxyUrl(configured, 'proxy');
  if (isLoopback(target.hostname) || isExcluded(target, variable(env, 'NO_PROXY') ?? '')) return null;
  const name = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = variable(env, name) ?? variable(env, 'ALL_PROXY');
  return value === undefined ? null : toProxyUrl(value, name);
}

/** Both spellings are in use; on Windows the names have no case at all. */
function variable(env: Environment, name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined;
}

function toProxyUrl(value: string, source: string): URL {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(text) && /^(https?|socks5?):$/.test(new URL(text).protocol)) return new URL(text);
  throw new IcError('configuration', `${source} does not name a proxy that can be used.`, {
    hint: 'Write it as http://proxy.example.com:3128, with user:password@ before the host if the proxy wants it.',
  });
}

function isExcluded(target: URL, noProxy: string): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => covers(entry.toLowerCase(), target));
}

function covers(entry: string, target: URL): boolean {
  if (entry === '*') return true;
  const host = withoutBrackets(target.hostname).toLowerCase();
  if (entry.includes('/')) return isInNetwork(host, entry);
  const { name, port } = splitPort(entry);
  if (port !== null && port !== portOf(target)) return false;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(address, Number(bits), family);
  } catch {
    return false; // A prefix that is too long for the family.
  }
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

function splitPort(entry: string): { readonly name: string; readonly port: string | null } {
  if (isIPv6(entry)) return { name: entry, port: null };
  const match = /^(.*?)(?::(\d+))?$/.exec(entry);
  return { name: withoutBrackets(match?.[1] ?? entry), port: match?.[2] ?? null };
}

function portOf(target: URL): string {
  return target.port || (target.protocol === 'https:' ? '443' : '80');
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
