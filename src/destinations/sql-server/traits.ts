import type { Statements } from './client.ts';
import { readShapes, type Shapes } from './shapes.ts';

/** What the server and its tables can hold. */
export interface ServerTraits {
  readonly shapes: Shapes;
  /** Whether a text may hold NUL; not in Babelfish, which keeps texts as PostgreSQL does. */
  readonly holdsNul: boolean;
}

export async function readServerTraits(statements: Statements): Promise<ServerTraits> {
  const [rows] = await statements.query(`SELECT CONVERT(INT, SERVERPROPERTY(N'babelfish')) AS babelfish`);
  return { shapes: await readShapes(statements), holdsNul: rows?.[0]?.babelfish !== 1 };
}
