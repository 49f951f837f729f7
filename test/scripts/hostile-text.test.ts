import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { install } from '../support/installation.ts';
import { runIc } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What a finding, a line and a success of ic look like, and what moves a cursor, sets colours or reverses text. */
const hostile =
  'x\nok    site hq: all is well\r\nEverything is in order.\n\u001b[2J\u001b]0;title\u0007\u009b31m\u202egnp.exe\u2028y';

/** Control characters but line ends and tabs, and what reverses text. */
const raw = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe('text that others wrote', { concurrency: 2 }, () => {
  for (const colors of [[], ['--color']]) {
    test(`of an appliance reaches nobody as control characters or lines ${colors.join()}`, async (t) => {
      const installation = await install(t);
      const { appliance, directory } = installation;
      appliance.faults.add({ type: 'error', text: hostile }, { times: 1000 });
      for (const command of [
        ['check'],
        ['check', '--json'],
        ['pull'],
        ['pull', '--json', '-vv'],
        ['status'],
        ['status', '--json'],
        ['status', '--html', 'status.html'],
        ['log'],
        ['log', '--json'],
      ]) {
        const { stdout, stderr } = await installation.ic([...command, ...colors]);
        const shown = (stdout + stderr).replaceAll(/\u001b\[\d{1,2}m/g, '');
        assert.doesNotMatch(shown, raw, command.join(' '));
        assert.doesNotMatch(
          shown,
          /^(ok {4}site hq: all is well|Everything is in order\.)$/m,
          command.join(' '),
        );
      }
      assert.doesNotMatch(await readFile(join(directory, 'status.html'), 'utf8'), raw);
    });
  }

  test('of a saved report reaches nobody as control characters or lines', async (t) => {
    const directory = await temporaryDirectory(t);
    const name = 'a\u001b]0;title\u0007\u202eb';
    for (const [file, xml] of [
      ['error.xml', `<error>${hostile.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '')}\u0085ok</error>`],
      ['root.xml', `<r\u0300\u200e${'o'.repeat(300)}/>`],
      [`${name}.xml`, 'no XML'],
    ] as const) {
      if (process.platform === 'win32' && file.startsWith(name)) continue;
      await writeFile(join(directory, file), xml);
      for (const more of [[], ['--json']]) {
        const { stdout, stderr } = await runIc(['replay', join(directory, file), ...more]);
        assert.doesNotMatch(stdout + stderr, raw, file);
        assert.doesNotMatch(stdout + stderr, /^Everything is in order\.$/m, file);
      }
    }
  });
});
