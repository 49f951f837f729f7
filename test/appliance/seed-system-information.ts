import type { Random } from './random.ts';
import type { CategorySpec, FieldSpec } from './spec.ts';

/** What is collected at the start of a session; `rows` is how many the longest category, the event log, has. */
export function seedSystemInformation(random: Random, rows: number): readonly CategorySpec[] {
  return [
    category(
      'General',
      ['Computer Name', 'Operating System'],
      [['\n\t\t\tWS-MÜ-0042\n\t\t', 'Windows 11 Enterprise']],
    ),
    category(
      'Drives',
      ['Drive', 'Type', 'Percent Used'],
      [
        ['C:\\', 'NTFS <fixed>', '71'],
        ['D:\\', '', '3'],
      ],
    ),
    category('Services', [], []),
    category(
      'Event Log',
      ['Time', 'Source', 'Message'],
      Array.from({ length: rows }, (_, index) => logRow(random, index)),
    ),
  ];
}

/** About how many bytes one row of the event log takes in a report. */
export const bytesPerRow = 270;

function logRow(random: Random, index: number): readonly string[] {
  return [
    `2026-11-22 10:${String(index % 60).padStart(2, '0')}:00`,
    random.pick(['Service Control Manager', 'Microsoft-Windows-Kernel-Power', 'Ereignisprotokoll']),
    `Entry ${index}: the service entered the ${random.pick(['running', 'stopped'])} state & reported 0x${random.hex(8)}.`,
  ];
}

function category(
  name: string,
  names: readonly string[],
  rows: readonly (readonly string[])[],
): CategorySpec {
  return { name, fields: names.map(field), rows };
}

function field(name: string): FieldSpec {
  return { id: name.toLowerCase().replaceAll(' ', '_'), name };
}
