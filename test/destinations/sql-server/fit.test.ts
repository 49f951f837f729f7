import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TableName } from '../../../src/destinations/sql/tables.ts';
import { fit } from '../../../src/destinations/sql-server/fit.ts';
import {
  type ColumnShape,
  narrowColumns,
  objections,
  type Shapes,
} from '../../../src/destinations/sql-server/shapes.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';

function column(name: string, type: string, change: Partial<ColumnShape> = {}): ColumnShape {
  const shape = {
    name,
    type,
    maxLength: -1,
    nullable: true,
    identity: false,
    increment: null,
    lastId: null,
    computed: false,
    hasDefault: false,
  };
  return { ...shape, collation: null, ...change };
}

function shapes(table: TableName, ...columns: readonly ColumnShape[]): Shapes {
  return new Map([[table, new Map(columns.map((each) => [each.name, each]))]]);
}

const id = column('id', 'int', { identity: true, nullable: false });
const reference = column('session_id', 'int', { nullable: false });
const team = { team_id: '3', name: 'Tier 2', is_primary: 1 };

describe('a row in a table that somebody else made', async () => {
  const delivery = await makeSessionDelivery({ lsid: 'a1' });
  const refusalOf = (row: object, ...columns: ColumnShape[]): string => {
    try {
      fit('team', { ...team, ...row }, shapes('team', ...columns), delivery);
    } catch (error) {
      assert.ok(error instanceof IcError);
      return `${error.message} ${error.hint}`;
    }
    assert.fail('it was taken');
  };

  test('stays as it is where it fits', () => {
    const narrow = shapes('team', column('name', 'nvarchar', { maxLength: 12 }), column('team_id', 'int'));
    assert.deepEqual(fit('team', team, narrow, delivery), ['3', 'Tier 2', 1]);
  });

  test('is refused by table, column and LSID where a text is too long', () => {
    const text = refusalOf({}, column('name', 'nvarchar', { maxLength: 10 }));
    assert.match(text, /a1/);
    assert.match(text, /team\.name/);
    assert.match(text, /takes 5 characters.*has 6/);
    assert.match(text, /ALTER COLUMN name/);
  });

  test('counts bytes where the column does', () => {
    const utf8 = { maxLength: 6, collation: 'Latin1_General_100_CI_AS_SC_UTF8' };
    assert.match(refusalOf({ name: 'Größe' }, column('name', 'varchar', utf8)), /team\.name/);
    const narrow = shapes(
      'team',
      column('name', 'varchar', { maxLength: 5, collation: 'Latin1_General_CI_AS' }),
    );
    assert.equal(fit('team', { ...team, name: 'Größe' }, narrow, delivery)[1], 'Größe');
  });

  test('is refused where a number is asked for and it is none, or too large', () => {
    assert.match(refusalOf({ team_id: 'x' }, column('team_id', 'int')), /team\.team_id/);
    assert.match(refusalOf({ team_id: '300' }, column('team_id', 'tinyint')), /0 to 255/);
    assert.match(refusalOf({ team_id: '2147483648' }, column('team_id', 'int')), /2147483647/);
  });

  test('has the empty text and 0 for nothing where NULL is not taken', () => {
    const strict = shapes(
      'team',
      column('name', 'nvarchar', { nullable: false }),
      column('is_primary', 'bit', { nullable: false }),
    );
    assert.deepEqual(fit('team', { team_id: null, name: null, is_primary: null }, strict, delivery), [
      null,
      '',
      0,
    ]);
  });
});

describe('tables that somebody else made', () => {
  test('are taken with other types that hold the same', () => {
    const original = shapes(
      'session',
      id,
      column('lsid', 'varchar', { maxLength: 50 }),
      column('host_name', 'nvarchar', { maxLength: 200 }),
      column('start_time', 'datetime'),
      column('lseq', 'nvarchar', { maxLength: 40 }),
      column('public_site_id', 'bigint'),
      column('note', 'nvarchar'),
      column('inserted_at', 'datetime', { nullable: false, hasDefault: true }),
    );
    assert.deepEqual(objections(original), []);
  });

  const foreign: readonly (readonly [string, readonly ColumnShape[], RegExp])[] = [
    ['whose id is no identity', [column('id', 'int'), reference], /team\.id/],
    ['whose ids count down', [{ ...id, increment: -1 }, reference], /team\.id counts down/],
    [
      'whose ids are at their end',
      [{ ...id, increment: 1, lastId: 2_147_483_647n }, reference],
      /team\.id has given out its last int \(2147483647\)/,
    ],
    ['without an id', [reference], /team has no column id/],
    ['without a reference', [id], /team has no column session_id/],
    ['with a reference of another type', [id, column('session_id', 'uniqueidentifier')], /team\.session_id/],
    [
      'with a column of a type that cannot hold it',
      [id, reference, column('name', 'datetime')],
      /team\.name/,
    ],
    ['with a computed column', [id, reference, column('name', 'nvarchar', { computed: true })], /computed/],
    [
      'with a column that must be filled',
      [id, reference, column('tenant', 'int', { nullable: false })],
      /tenant/,
    ],
  ];
  for (const [title, columns, message] of foreign) {
    test(`${title} are not`, () => assert.match(objections(shapes('team', ...columns)).join('; '), message));
  }

  test('lose characters in columns with a code page', () => {
    const columns = [
      column('name', 'varchar', { collation: 'Latin1_General_CI_AS' }),
      column('team_id', 'varchar', { collation: 'Latin1_General_100_CI_AS_SC_UTF8' }),
    ];
    assert.deepEqual(narrowColumns(shapes('team', ...columns)), [
      'team.name (varchar, Latin1_General_CI_AS)',
    ]);
  });
});
