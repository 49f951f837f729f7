import { hash } from 'node:crypto';
import type { Database, SqlJsStatic } from 'sql.js';

/**
 * SHA-256 of what each version's image holds besides rows: index 0 is that of an empty database. A seal has no key: whoever
 * can write the file can seal it. With triggers and views of theirs, changes would do what they want, and queries never
 * end. So nothing but these is asked of an image before its schema is known. A test holds the list.
 */
export const schemaDigests: readonly string[] = [
  '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
  '3a36eacaae12b5fd05a865aa87384cae77055962e152122eff46e35c6271f3fc',
  '16c6bf2e6928c8b0d548fe4469541610a9a06e37688dca3c402aadc86cb929bc',
  '65884f1b251f24b3f4829ca7d347e6902db3613dfde5f042f0b486421b6cc0fb',
  '6fd6c0166e209356fd4874697bcf16ad1ed8633e440618cba2bf6e022fddfaa4',
  'b119d5398e2eab85f98f9b8544b705f608b0b4ac3948f33990427160d1690de1',
  '09908ef6d37182409bd374b4239277dbe5ba67dd8894cba00bdb8133fadcf30d',
  '04eb861308a94dd046cd93155b86f5c86951794c50ba8d833a4d69b188a6e61b',
  '4fe0f56738f733958a0b4f9cec21db71b6b79ab38584e56229b001fe777abf82',
];

/** What is wrong with an image that has a good seal, as the end of a sentence about its file; null when nothing is. */
export function whatIsForeign(sqlJs: SqlJsStatic, image: Uint8Array): string | null {
  // The header's versions of the format for reading and writing: with others, SQLite would refuse to write.
  if (image[18] !== 1 || image[19] !== 1) return 'is not in the format that ic writes';
  let database: Database | null = null;
  try {
    database = new sqlJs.Database(image);
    const [version] = firstRow(database, 'PRAGMA user_version');
    if (schemaDigest(database) !== schemaDigests[Number(version)])
      return 'has tables, views or triggers that ic has not made';
    const [verdict] = firstRow(database, 'PRAGMA quick_check(1)');
    return verdict === 'ok' ? null : 'is damaged inside';
  } catch {
    return 'is damaged inside';
  } finally {
    database?.close();
  }
}

/** Blanks and quotes stand as whichever version of SQLite wrote them. */
export function schemaDigest(database: Database): string {
  const [found] = database.exec('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name');
  const objects = (found?.values ?? []).map((row) =>
    row.map((value) => (value === null ? null : String(value).replaceAll('"', '').replace(/\s+/g, ' '))),
  );
  return hash('sha256', JSON.stringify(objects));
}

function firstRow(database: Database, sql: string): readonly unknown[] {
  return database.exec(sql)[0]?.values[0] ?? [];
}
