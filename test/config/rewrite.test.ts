import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { environmentNamesIn, namesIn } from '../../src/config/outline.ts';
import { readWithoutSecrets } from '../../src/config/read-without-secrets.ts';
import { rewriteValues } from '../../src/config/rewrite.ts';
import { archive, transfer } from '../support/configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a text whose values stay is the same text', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '[a.b]',
      '[a] ; c',
      '; x = y',
      'k = v',
      ' k="v" # c',
      "k = 'a;b'",
      'k =',
      'k',
      '',
      '\ufeff',
    ),
    fc.string(),
  );
  const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')));
  fc.assert(
    fc.property(text, (lines) => {
      const whole = lines.flat().join('');
      assert.equal(
        rewriteValues(whole, ({ value }) => value),
        whole,
      );
    }),
  );
});

test('a value is replaced where it stands', () => {
  const text = '[s]\nenc = enc:1 ; enc:1\n; k = enc:1\nb=  "enc:1"\r\n[t]\nenc = enc:1\nc =\n';
  const seen: string[] = [];
  const changed = rewriteValues(text, ({ section, key, value }) => {
    seen.push(`${section}.${key}=${value}`);
    return section === 's' ? value.replace('enc:1', 'X') : null;
  });
  assert.deepEqual(seen, ['s.enc=enc:1', 's.b=enc:1', 't.enc=enc:1', 't.c=']);
  assert.equal(changed, '[s]\nenc = X ; enc:1\n; k = enc:1\nb=  "X"\r\n[t]\nenc = enc:1\nc =\n');
});

test('names are found in a text that is wrong elsewhere', () => {
  const text =
    'junk\n[site.hq]\n[site.hq]\n[site.a b]\n[destination.x]\n[destination.x.sessions]\n[transfer.t-1]\n[oops\n';
  assert.deepEqual(namesIn(text, 'site'), ['hq']);
  assert.deepEqual(namesIn(text, 'destination'), ['x']);
  assert.deepEqual(namesIn(text, 'transfer'), ['t-1']);
});

test('the variables that a configuration needs are named once each', () => {
  const text = '[a]\nb = ${env:ONE}-${env:TWO}\nc = ${env:ONE} $${env:NOT} ; ${env:NEITHER}\n';
  assert.deepEqual(environmentNamesIn(text), ['ONE', 'TWO']);
});

test('a configuration can be read without what is secret in it', async (t) => {
  const file = join(await temporaryDirectory(t), 'ic.ini');
  const site =
    '[site.hq]\nhost = a.example.com\nclient_id = ${env:ID}\nclient_secret = enc:v1:00000000:AAAA\n';
  const more = '[notify.ping]\nurl = ${env:PING}\n[notify.webhook]\nurl = ${file:/nowhere}\n';
  await writeFile(file, `${site}${archive.replace('= archive', '= ${env:PLACE}')}${transfer}${more}`);
  const place = resolve('/srv/x');
  const { destinations } = await readWithoutSecrets(file, { PLACE: place }).catch((error) =>
    assert.fail(error),
  );
  const destination = destinations.get('archive');
  assert.equal(destination?.type === 'file-system' && destination.kinds.get('sessions')?.directory, place);
  await writeFile(file, `${site}${archive}${transfer}every = often\n`);
  await assert.rejects(readWithoutSecrets(file, {}), /every = often/);
});
