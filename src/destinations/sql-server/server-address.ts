export interface ServerAddress {
  readonly host: string;
  /** Null when the SQL Server Browser is asked for the instance's port. */
  readonly port: number | null;
  readonly instance: string | null;
}

const noTcp = /^(np|lpc|admin|via):|^\\\\|^\(localdb\)/i;

/**
 * `sql01`, `sql01,1444`, `sql01\REPORTS`, `tcp:sql01.example.com,1433`, `.`, `(local)`. A port beats an instance's
 * name, as in SQL Server's own clients. What is wrong comes as text.
 */
export function parseServer(text: string): ServerAddress | string {
  if (noTcp.test(text)) return `Server=${text} does not go over TCP, and ic knows nothing else`;
  const match = /^(?:tcp:)?\s*([^,\\]+?)\s*(?:\\\s*([^,]+?)\s*)?(?:,\s*(\d{1,5})\s*)?$/i.exec(text);
  if (match === null) return `Server=${text} is no server: write host, host,port or host\\instance`;
  const [, name = '', instance = null, port = null] = match;
  if (/^[^:]+:[^:]*$/.test(name))
    return `Server=${text} is no server: the port stands after a comma, as in host,1433`;
  if (port !== null && (Number(port) < 1 || Number(port) > 65_535))
    return `Server=${text} has a port that is none`;
  const host = name === '.' || /^\(local\)$/i.test(name) ? 'localhost' : name.replace(/^\[(.*)\]$/, '$1');
  if (port !== null) return { host, port: Number(port), instance: null };
  if (instance !== null && !/^mssqlserver$/i.test(instance)) return { host, port: null, instance };
  return { host, port: 1433, instance: null };
}
