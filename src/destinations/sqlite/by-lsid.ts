/*
 * LSIDs are random. In one index of a million, each record that is added has a page of its own written anew: with each
 * transaction, and once more at the next checkpoint. So the indexes by LSID begin with the part of the table that a row
 * belongs to, 16,384 or 32,768 ids long: only the pages of the last part change. Whoever looks for an LSID looks into all parts.
 */

/**
 * Condition for delivery records `d` of a kind and LSID, both SQL expressions. Its plus sign keeps SQLite from the index
 * by kind and row.
 */
export const deliveredByLsid = (kind: string, lsid = '@lsid'): string =>
  `+d.kind = ${kind} AND ${inAnyPart('ic_delivery', 'd', 'row_id >> 15')} AND substr(d.lsid, -8) = substr(${lsid}, -8) AND d.lsid = ${lsid}`;

/** Condition for rows `r` of `session` or `presentation` with the LSID `@lsid`. */
export function rowsByLsid(table: 'session' | 'presentation'): string {
  return `${inAnyPart(table, 'r', 'id >> 14')} AND r.lsid = @lsid`;
}

/** The parts that there are, each found behind the one before: rows of others may have ids of any size. */
function inAnyPart(table: string, alias: string, part: string): string {
  return `(${alias}.${part}) IN (WITH RECURSIVE part (number) AS (
    SELECT min(${part}) FROM ${table}
    UNION ALL SELECT (SELECT min(${part}) FROM ${table} WHERE ${part} > number) FROM part WHERE number IS NOT NULL
  ) SELECT number FROM part)`;
}
