import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeCrontab, renderCrontab } from '../../../src/commands/schedule/crontab.ts';
import { readText } from '../../support/configuration.ts';
import { runProgram } from '../../support/program.ts';
import { runSource, sourceCommand } from '../../support/run-source.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { configured, fakeProgram } from './support.ts';

const isPosix = process.platform !== 'win32';
/** Debian's can look at a file and do nothing else with it. */
const hasDryRun = isPosix && /\s-n\s/.test(String(spawnSync('crontab', ['-h']).stderr));

test('the line names the program and the configuration by their whole paths', {
  skip: !isPosix,
}, async (t) => {
  const directory = await configured(t);
  const ended = await runSource(['schedule', 'cron'], { cwd: directory });
  assert.equal(ended.code, 0, ended.stderr);
  const file = join(directory, 'ic.ini');
  const [begin, line, end] = ended.stdout.trimEnd().split('\n');
  assert.match(begin ?? '', /^# BEGIN ic for /);
  assert.equal(line, `* * * * * ${sourceCommand.join(' ')} pull --due --quiet --config ${file}`);
  assert.equal(end, `# END ic for ${file}`);
  assert.match(ended.stderr, /takes SECRET from the environment, which cron does not know/);
  const json = await runSource(['schedule', 'cron', '--json'], { cwd: directory });
  assert.equal(JSON.parse(json.stdout).crontab, ended.stdout);
});

test('what is between cron and the program leaves no word different', { skip: !isPosix }, async (t) => {
  const directory = await temporaryDirectory(t);
  const configuration = await readText('');
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (parameters) => {
      const run = {
        command: ['printf', '%s\\0', ...parameters] as const,
        configuration,
        environmentNames: [],
        referencedFiles: [],
      };
      const [, line = ''] = renderCrontab(run).split('\n');
      assert.match(line, /^\* \* \* \* \* /);
      // A percent sign that is not escaped ends the command; an escaped one loses its backslash.
      const command = line.slice('* * * * * '.length);
      assert.doesNotMatch(command, /(?<!\\)%/);
      const { stdout } = await runProgram('/bin/sh', ['-c', command.replaceAll('\\%', '%')], {
        cwd: directory,
      });
      assert.deepEqual(stdout.split('\0').slice(0, -1), parameters.length === 0 ? [''] : parameters);
    }),
    { numRuns: 40 },
  );
});

test('crontab takes what is printed', { skip: !hasDryRun && 'needs Debian’s cron' }, async (t) => {
  const directory = await configured(t, "100% it's.ini");
  const printed = await runSource(['schedule', 'cron', '-c', "100% it's.ini"], { cwd: directory });
  const file = join(directory, 'crontab');
  await writeFile(file, printed.stdout);
  const check = () => runProgram('crontab', ['-n', file]);
  assert.equal((await check()).code, 0);
  await writeFile(file, printed.stdout.replace('* * * * *', '* * * * x'));
  assert.notEqual((await check()).code, 0);
});

const store = (file: string) => `
case "$*" in
  -l) [ -f '${file}' ] && cat '${file}' || { echo "no crontab for root" >&2; exit 1; } ;;
  -) cat > '${file}' ;;
  *) echo "what is $*?" >&2; exit 1 ;;
esac`;

test('--install replaces its own lines, and no others', { skip: !isPosix }, async (t) => {
  const [one, two] = [await configured(t), await configured(t)];
  const file = join(await temporaryDirectory(t), 'crontab');
  const { env } = await fakeProgram(t, 'crontab', store(file));
  const install = async (cwd: string) => {
    const ended = await runSource(['schedule', 'cron', '--install'], { cwd, env });
    assert.equal(ended.code, 0, ended.stderr);
    return (await runProgram('cat', [file])).stdout;
  };
  await writeFile(file, 'MAILTO=it@example.com\n5 4 * * * backup');
  const first = await install(one);
  assert.match(
    first,
    /^MAILTO=it@example\.com\n5 4 \* \* \* backup\n# BEGIN ic for .*\n\* \* \* \* \* .*\n# END ic for .*\n$/,
  );
  assert.equal(await install(one), first);
  await writeFile(file, `${first.replace('pull --due', 'pull --older')}@daily after\n`);
  const again = await install(one);
  assert.equal(again, `${first}@daily after\n`);
  assert.equal(await install(two), again + (await runSource(['schedule', 'cron'], { cwd: two })).stdout);
});

test('a first crontab is made; what crontab refuses, or its absence, is an error', {
  skip: !isPosix,
}, async (t) => {
  const directory = await configured(t);
  const file = join(await temporaryDirectory(t), 'crontab');
  const { env } = await fakeProgram(t, 'crontab', store(file));
  const run = (...parameters: string[]) =>
    runSource(['schedule', 'cron', '--install', ...parameters], { cwd: directory, env });
  const first = await run('--quiet');
  assert.deepEqual([first.code, first.stdout, first.stderr], [0, '', '']);
  assert.match((await runProgram('cat', [file])).stdout, /pull --due --quiet/);
  const refused = await run('--user', 'root');
  assert.equal(refused.code, 74);
  assert.match(refused.stderr, /crontab refuses: what is -u root -l\?/);
  const absent = await runSource(['schedule', 'cron', '--install'], {
    cwd: directory,
    env: { PATH: '/nowhere' },
  });
  assert.equal(absent.code, 74);
  assert.match(absent.stderr, /ic schedule systemd/);
});

test('a half of a block is nobody’s: it stays, and nothing after it is lost', () => {
  const block = '# BEGIN ic\n* * * * * new\n# END ic\n';
  assert.equal(mergeCrontab('', block), block);
  assert.equal(mergeCrontab('# BEGIN ic\nother\n', block), `# BEGIN ic\nother\n${block}`);
  assert.equal(mergeCrontab('# END ic\nother\n# BEGIN ic\n', block), `# END ic\nother\n# BEGIN ic\n${block}`);
});

test('a half of a block before a whole one costs no line', () => {
  const block = '# BEGIN ic\n* * * * * ic\n# END ic\n';
  const present = `# BEGIN ic\n7 7 * * * precious\n`;
  const once = mergeCrontab(present, block);
  assert.equal(once, `${present}${block}`);
  assert.equal(mergeCrontab(once, block), once);
  assert.equal(mergeCrontab(`${once}after\n${block}`, block), `${once}after\n`);
});

test('without a configuration, or with a wrong one, there is nothing to schedule', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'x'));
  const none = await runSource(['schedule', 'cron', '-c', 'x/ic.ini'], { cwd: directory });
  assert.equal(none.code, 78);
  const other = await configured(t);
  await rename(join(other, 'ic.ini'), join(directory, 'x', 'ic.ini'));
  await writeFile(join(directory, 'ic.ini'), '[site.hq]\nhots = a\n');
  const wrong = await runSource(['schedule', 'cron'], { cwd: directory });
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /host/);
});
