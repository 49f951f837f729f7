import { isIP } from 'node:net';
import { IcError } from '../../platform/errors.ts';
import { keywords, type Meaning, unsupported } from './connection-keywords.ts';
import { readPairs } from './connection-text.ts';
import { parseServer, type ServerAddress } from './server-address.ts';

/** What a connection string says, checked. */
export interface ConnectionSettings {
  readonly server: ServerAddress;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Set for a login of a Windows domain. */
  readonly domain: string | null;
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  /** The name that the server's certificate must have, when it is not the server's. */
  readonly hostNameInCertificate: string | null;
  /** Path of a certificate that is trusted. */
  readonly serverCertificate: string | null;
  readonly applicationName: string;
  readonly workstation: string | null;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds; 0: none. */
  readonly commandTimeout: number;
  readonly packetSize: number;
  readonly language: string | null;
  readonly multiSubnetFailover: boolean;
}

/**
 * Reads an ADO connection string. Passwords stand in no message.
 * @throws IcError `configuration`, which names every problem of it at once.
 */
export function parseConnectionString(text: string, destination: string): ConnectionSettings {
  const reader = new SettingsReader(text);
  const settings = reader.read();
  if (reader.problems.length === 0) return settings;
  throw new IcError(
    'configuration',
    `The connection_string of destination ${destination} cannot be used: ${reader.problems.join('; ')}.`,
    {
      hint: 'Write it as Server=sql01;Database=BGInfo;User Id=ic;Password=…;Encrypt=true. A value that holds ; stands in double quotes.',
    },
  );
}

/** TLS takes no address for a name: nothing could be checked by it. */
function isCheckedByAddress(settings: ConnectionSettings): boolean {
  const { hostNameInCertificate, server, encrypt, trustServerCertificate } = settings;
  return (
    encrypt !== false && !trustServerCertificate && hostNameInCertificate === null && isIP(server.host) !== 0
  );
}

class SettingsReader {
  readonly problems: string[] = [];
  /** A value has no end: what was not found may stand in it. */
  #isCut = false;
  readonly #values = new Map<Meaning, { readonly keyword: string; readonly value: string }>();

  constructor(text: string) {
    for (const pair of readPairs(text)) {
      // What it says may be the rest of a password with a semicolon.
      if (typeof pair === 'string') this.problems.push('a part of it is no keyword=value');
      else if (pair.value === null) this.#cut(pair.keyword);
      else this.#take(pair.keyword, pair.value);
    }
  }

  read(): ConnectionSettings {
    this.#refuseOtherSignIns();
    const login = this.#login();
    const settings = {
      ...login,
      server: this.#server(),
      database: this.#needed('database', 'Database'),
      encrypt: this.#encryption(),
      trustServerCertificate: this.#flag('trust', false),
      hostNameInCertificate: this.#text('host-in-certificate'),
      serverCertificate: this.#text('certificate'),
      applicationName: this.#text('application') ?? 'ic',
      workstation: this.#text('workstation'),
      connectTimeout: this.#number('connect-timeout', 15) * 1000,
      commandTimeout: this.#number('command-timeout', 300) * 1000,
      packetSize: this.#number('packet-size', 8192),
      language: this.#text('language'),
      multiSubnetFailover: this.#flag('subnets', false),
    };
    if (isCheckedByAddress(settings))
      this.problems.push(
        `Server=${settings.server.host} is an address, and a certificate is checked by a name: ` +
          'write the host name, or the name in the certificate as HostNameInCertificate',
      );
    if (settings.packetSize < 512 || settings.packetSize > 32_767)
      this.problems.push('Packet Size lies outside 512 to 32767');
    return settings;
  }

  #cut(keyword: string): void {
    this.#isCut = true;
    this.problems.push(`the value of ${keyword} begins with a quote and does not end with it`);
  }

  #take(keyword: string, value: string): void {
    const key = keyword.toLowerCase().replaceAll(/\s/g, '');
    const meaning = keywords[key] ?? keywords[key.replaceAll('_', '')];
    if (meaning !== undefined) this.#values.set(meaning, { keyword, value });
    else if (key in unsupported) this.problems.push(`${keyword} is not supported: ${unsupported[key]}`);
    else this.problems.push(`${keyword} is no keyword that ic knows`);
  }

  #refuseOtherSignIns(): void {
    const integrated = this.#values.get('integrated');
    if (integrated && !/^(false|no)$/i.test(integrated.value)) {
      this.problems.push(
        `${integrated.keyword} is not supported, since ic does not sign in as the Windows user that runs it: ` +
          'give a domain login with User Id=DOMAIN\\user and Password, or a SQL Server login',
      );
    }
    const authentication = this.#text('authentication');
    if (authentication !== null && !/^(sql ?password|not ?specified)$/i.test(authentication))
      this.problems.push(
        `Authentication=${authentication} is not supported: give a login with User Id and Password`,
      );
    if (/^readonly$/i.test(this.#text('intent') ?? ''))
      this.problems.push('ApplicationIntent=ReadOnly cannot be: ic writes');
    const library = this.#text('library');
    if (library !== null && !/^(dbmssocn|tcp.*)$/i.test(library))
      this.problems.push(`Network Library=${library} is not supported: ic connects over TCP`);
  }

  #login(): Pick<ConnectionSettings, 'user' | 'password' | 'domain'> {
    const name = this.#needed('user', 'User Id');
    const password = this.#values.get('password')?.value ?? '';
    if (password === '') this.#miss('Password');
    const parts = /^([^\\]+)\\(.+)$/.exec(name);
    if (parts) return { user: parts[2] ?? '', password, domain: parts[1] ?? '' };
    return { user: name, password, domain: null };
  }

  #server(): ServerAddress {
    const server = this.#needed('server', 'Server');
    const address = parseServer(server);
    if (typeof address !== 'string') return address;
    if (server !== '') this.problems.push(address);
    return { host: '', port: 1433, instance: null };
  }

  #encryption(): boolean | 'strict' {
    const value = this.#text('encrypt');
    if (value === null) return true;
    if (/^strict$/i.test(value)) return 'strict';
    if (/^(optional)$/i.test(value)) return false;
    if (/^(mandatory)$/i.test(value)) return true;
    return this.#flag('encrypt', true);
  }

  #needed(meaning: Meaning, name: string): string {
    const value = this.#text(meaning);
    if (value === null && !(meaning === 'user' && this.#values.has('integrated'))) this.#miss(name);
    return value ?? '';
  }

  #miss(name: string): void {
    if (!this.#isCut) this.problems.push(`${name} is missing`);
  }

  #text(meaning: Meaning): string | null {
    const value = this.#values.get(meaning)?.value ?? '';
    return value === '' ? null : value;
  }

  #flag(meaning: Meaning, otherwise: boolean): boolean {
    const found = this.#values.get(meaning);
    if (found === undefined || found.value === '') return otherwise;
    if (/^(true|yes|1)$/i.test(found.value)) return true;
    if (!/^(false|no|0)$/i.test(found.value))
      this.problems.push(`${found.keyword} is neither true nor false`);
    return false;
  }

  #number(meaning: Meaning, otherwise: number): number {
    const found = this.#values.get(meaning);
    if (found === undefined || found.value === '') return otherwise;
    if (/^\d{1,6}$/.test(found.value)) return Number(found.value);
    this.problems.push(`${found.keyword} is no number`);
    return otherwise;
  }
}
