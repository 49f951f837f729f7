import { InvalidValue, type ValueType } from './value-type.ts';

export interface Host {
  /** As written: `host`, `host:port`, `[::1]:8443`. */
  readonly host: string;
  /** Without port and brackets. */
  readonly hostName: string;
}

const hostPattern =
  /^(?:\[([0-9a-f:.%]+)\]|([\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}.])?))(?::(\d{1,5}))?$/iu;

/** A host without scheme and path; with a port if need be; an IPv6 address in brackets. */
export const host: ValueType<Host> = {
  name: 'a host name, with `:port` if need be',
  parse: (value) => {
    const [, address, name, port] = hostPattern.exec(value) ?? [];
    if (Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
      throw new InvalidValue('has a port that does not exist', 'Write a port from 1 to 65535.');
    }
    const hostName = address ?? name;
    if (hostName === undefined || !URL.canParse(`https://${value}`)) throw notAHost(value);
    return { host: value, hostName };
  },
};

/** A host alone, for what has a key of its own for the port. */
export const hostWithoutPort: ValueType<string> = {
  name: 'a host name',
  parse: (value, place) => {
    const parsed = host.parse(value, place);
    if (/:\d+$/.test(value)) {
      throw new InvalidValue('has a port', `Write ${parsed.hostName} here, and the port into the key port.`);
    }
    return parsed.hostName;
  },
};

function notAHost(value: string): InvalidValue {
  if (/^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(value)) {
    return new InvalidValue('is an IPv6 address without brackets', `Write [${value}].`, `[${value}]`);
  }
  const bare = value
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/s, '');
  const message = value.includes('://') ? 'is a URL, not a host name' : 'is not a host name';
  if (bare === value || !hostPattern.test(bare)) {
    return new InvalidValue(
      message,
      'Write the name alone, as in support.example.com or support.example.com:8443.',
    );
  }
  return new InvalidValue(message, `Write ${bare}, without scheme and path.`, bare);
}

/** An address of the web. */
export const url: ValueType<string> = {
  name: 'a URL',
  parse: (value) => {
    if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) {
      throw new InvalidValue('is not a URL', 'Write the whole address, beginning with https:// or http://.');
    }
    return value;
  },
};

/** A proxy: its URL, possibly with a user's name and password. */
export const proxy: ValueType<string> = {
  name: 'a URL',
  parse: (value) => {
    if (/^https?:\/\//i.test(value) && URL.canParse(value)) return value;
    throw new InvalidValue(
      'is not the URL of an HTTP proxy',
      'Write it whole, as in http://proxy.example.com:3128.',
    );
  },
};

/** A path at the appliance, from the first slash on. */
export const urlPath: ValueType<string> = {
  name: 'a path of the URL',
  parse: (value) => {
    const [, withoutHost] = /^https?:\/\/[^/]*(\/[^?#\s]*)/i.exec(value) ?? [];
    if (withoutHost)
      throw new InvalidValue('is a whole URL', `Write its path alone: ${withoutHost}.`, withoutHost);
    if (!value.startsWith('/')) {
      throw new InvalidValue('does not begin with a slash', `Write /${value}.`, `/${value}`);
    }
    if (/[?#\s\\]/.test(value)) {
      throw new InvalidValue(
        'holds more than a path',
        'Write the path alone, without query, blanks and backslashes.',
      );
    }
    return value;
  },
};

/** Further parameters of a request: `a=b&c=d`. */
export const queryParameters: ValueType<URLSearchParams> = {
  name: 'query parameters',
  parse: (value) => {
    const query = value.replace(/^\?/, '');
    if (query.split('&').every((pair) => /^[^=\s]+=[^\s]*$/.test(pair))) return new URLSearchParams(query);
    throw new InvalidValue(
      'is not a list of parameters',
      'Write name=value, several joined by &, as in a=b&c=d.',
    );
  },
};
