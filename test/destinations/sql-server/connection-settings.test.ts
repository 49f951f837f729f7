import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConnectionString } from '../../../src/destinations/sql-server/connection-settings.ts';
import { IcError } from '../../../src/platform/errors.ts';

const parse = (text: string) => parseConnectionString(text, 'warehouse');
const login = 'Database=BGInfo;User Id=ic;Password=secret';

function problem(text: string): IcError {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof IcError);
    assert.equal(error.code, 'configuration');
    assert.ok(error.hint);
    return error;
  }
  assert.fail(`taken: ${text}`);
}

describe('a connection string', () => {
  test('as it stands in the documentation', () => {
    const settings = parse('Server=sql01;Database=BGInfo;User Id=ic;Password=a#b=c;Encrypt=true');
    assert.deepEqual(settings.server, { host: 'sql01', port: 1433, instance: null });
    assert.equal(settings.database, 'BGInfo');
    assert.equal(settings.user, 'ic');
    assert.equal(settings.password, 'a#b=c');
    assert.equal(settings.encrypt, true);
    assert.equal(settings.trustServerCertificate, false);
    assert.equal(settings.domain, null);
  });

  const servers: readonly [string, string, number | null, string | null][] = [
    ['sql01', 'sql01', 1433, null],
    ['sql01,1444', 'sql01', 1444, null],
    ['tcp:ic.database.windows.net,1433', 'ic.database.windows.net', 1433, null],
    ['sql01\\REPORTS', 'sql01', null, 'REPORTS'],
    ['sql01\\REPORTS,1555', 'sql01', 1555, null],
    ['sql01\\MSSQLSERVER', 'sql01', 1433, null],
    ['.', 'localhost', 1433, null],
    ['(local)\\SQLEXPRESS', 'localhost', null, 'SQLEXPRESS'],
    ['[2001:db8::1],1433', '2001:db8::1', 1433, null],
    ['10.0.0.5 , 1433', '10.0.0.5', 1433, null],
  ];
  for (const [server, host, port, instance] of servers) {
    test(`names the server as ${server}`, () => {
      const text = `Server=${server};${login};TrustServerCertificate=true`;
      assert.deepEqual(parse(text).server, { host, port, instance });
    });
  }

  test('an address stands for a server only where its certificate is not checked by it', () => {
    assert.match(problem(`Server=10.0.0.5;${login}`).message, /10\.0\.0\.5 is an address/);
    for (const rest of [
      'TrustServerCertificate=yes',
      'Encrypt=no',
      'HostNameInCertificate=sql01.example.com',
    ])
      assert.equal(parse(`Server=10.0.0.5;${login};${rest}`).server.host, '10.0.0.5');
  });

  test('keywords go by their other names, in any case', () => {
    const settings = parse(
      'data source=sql01;INITIAL CATALOG=BGInfo;uid=ic;PWD="a;b""c";Trust Server Certificate=yes;' +
        'App=nightly;Connect Timeout=5;Command Timeout=0;wsid=ws1;MultiSubnetFailover=True;Packet Size=4096',
    );
    assert.equal(settings.password, 'a;b"c');
    assert.equal(settings.trustServerCertificate, true);
    assert.equal(settings.applicationName, 'nightly');
    assert.equal(settings.connectTimeout, 5000);
    assert.equal(settings.commandTimeout, 0);
    assert.equal(settings.workstation, 'ws1');
    assert.equal(settings.multiSubnetFailover, true);
    assert.equal(settings.packetSize, 4096);
  });

  test('a login of a domain is told from one of SQL Server', () => {
    const settings = parse('Server=sql01;Database=BGInfo;User Id=CORP\\ic;Password=x');
    assert.equal(settings.domain, 'CORP');
    assert.equal(settings.user, 'ic');
  });

  for (const [value, expected] of [
    ['True', true],
    ['no', false],
    ['Optional', false],
    ['Mandatory', true],
    ['Strict', 'strict'],
  ] as const) {
    test(`Encrypt=${value}`, () => {
      assert.equal(parse(`Server=a;${login};Encrypt=${value}`).encrypt, expected);
    });
  }

  test('what changes nothing for ic is taken', () => {
    const nothing =
      'Persist Security Info=False;Pooling=true;Max Pool Size=10;MultipleActiveResultSets=true;Integrated Security=false';
    assert.equal(parse(`Server=a;${login};${nothing};Authentication=Sql Password`).user, 'ic');
  });

  test('every problem is named at once, and no secret', () => {
    const { message } = problem(
      'Server=np:\\\\sql01\\pipe;Password=first;hidden;AttachDbFilename=x.mdf;Colour=red;Encrypt=perhaps;Packet Size=big',
    );
    for (const part of [
      'Server=np:',
      'AttachDbFilename',
      'Colour',
      'Encrypt',
      'Packet Size',
      'Database',
      'User Id',
    ])
      assert.ok(message.includes(part), `${part} in: ${message}`);
    assert.ok(!message.includes('hidden'));
    assert.ok(!message.includes('first'));
    assert.ok(!message.includes('red'));
  });

  test('Windows sign-in is refused with what to do instead', () => {
    for (const text of ['Integrated Security=true', 'Integrated Security=SSPI', 'Trusted_Connection=yes']) {
      const { message } = problem(`Server=sql01;Database=BGInfo;${text}`);
      assert.match(message, /DOMAIN\\user/);
    }
  });

  for (const text of [
    'Authentication=Active Directory Interactive',
    'ApplicationIntent=ReadOnly',
    'Network Library=dbnmpntw',
    'Failover Partner=sql02',
    'Column Encryption Setting=enabled',
    'Driver={ODBC Driver 17 for SQL Server}',
  ]) {
    test(`${text} is refused by name`, () => {
      assert.ok(problem(`Server=a;${login};${text}`).message.includes(text.split('=')[0] ?? ''));
    });
  }
});
