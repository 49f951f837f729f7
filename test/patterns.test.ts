import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { tokenizer } from 'acorn';
import { projectRoot } from '../scripts/runtime.mjs';

/**
 * Patterns that take more than linear time, or that the analysis comes to no end with, and why they may: what they read
 * is short, or was written by the administrator.
 */
const reviewed: ReadonlyMap<string, string> = new Map([
  // The configuration and its keys, a line at a time.
  ...[
    String.raw`"(?<double>(?:[^"]|"")*)"|'(?<single>(?:[^']|'')*)'|\{(?<braced>(?:[^}]|\}\})*)\}`,
    String.raw`^(?:tcp:)?\s*([^,\\]+?)\s*(?:\\\s*([^,]+?)\s*)?(?:,\s*(\d{1,5})\s*)?$`,
    String.raw`(?:^|;)\s*(?:password|pwd|access ?token|client ?secret)\s*=\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|\{[^}]*\}|[^;]*)`,
    '[;#].*$',
    String.raw`(\$?)\$\{(env|file):([^}]*)\}`,
    String.raw`(?<!\$)\$\{(env|file):([^}]*)\}`,
    String.raw`\$\{(env|file):([^}]*)\}`,
    String.raw`[^\s/@:]*:[^\s/@]+@`,
    '^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$',
    String.raw`\/+$`,
    '-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----',
  ].map((pattern) => [pattern, 'reads the configuration'] as const),
  // Command lines that ic itself writes.
  ...[String.raw`(\\*)"`, String.raw`(\\+)$`].map((pattern) => [pattern, 'reads our own words'] as const),
  [String.raw`^(?:[^<\n]*(?:~ |[^-=\s<\n]))?(?:[$#%](?=\s|\x1b)|>)|[❯➜λ]`, 'reads 4,096 characters'],
  [String.raw`filename\*?=[^;]*\.([a-z0-9]{1,5})["']?\s*(?:;|$)`, 'reads a header, of at most 16 kB'],
  // Anchored alternatives of plain words, which the analysis takes too long for.
  ...[
    String.raw`^(PATH|PATHEXT|HOME|USER|USERNAME|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMP|TEMP|TMPDIR|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERPROFILE|(LOCAL)?APPDATA|PROGRAM(FILES|DATA|W6432))$`,
    String.raw`^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information|lost\+found)$`,
    String.raw`^<(!doctype\s+html|html|head|body|title|meta|script|center|h1)\b`,
  ].map((pattern) => [pattern, 'is anchored'] as const),
]);

interface Literal {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

test('no pattern takes more than linear time for whatever it may read', async () => {
  process.env.RECHECK_BACKEND = 'pure';
  const { check } = await import('recheck');
  const used = new Set<string>();
  const complaints: string[] = [];
  for (const { file, pattern, flags } of literals()) {
    if (reviewed.has(pattern)) {
      used.add(pattern);
      continue;
    }
    const { status } = await check(pattern, flags, { timeout: null });
    if (status !== 'safe') complaints.push(`${file}: /${pattern}/${flags} is ${status}`);
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    [...reviewed.keys()].filter((pattern) => !used.has(pattern)),
    [],
    'no longer in the sources',
  );
});

/** The patterns of the sources that repeat something, each once. */
function literals(): readonly Literal[] {
  const found = new Map<string, Literal>();
  for (const file of globSync('src/**/*.ts', { cwd: projectRoot })) {
    const code = stripTypeScriptTypes(readFileSync(join(projectRoot, file), 'utf8'));
    for (const token of tokenizer(code, { ecmaVersion: 'latest', sourceType: 'module' })) {
      if (token.type.label !== 'regexp' || !('value' in token)) continue;
      const { pattern, flags } = token.value as Omit<Literal, 'file'>;
      if (/[*+{]/.test(pattern)) found.set(`${pattern}/${flags}`, { file, pattern, flags });
    }
  }
  assert.ok(found.size > 50, 'the sources are full of patterns');
  return [...found.values()];
}
