import type { SqlJsStatic } from 'sql.js';
import { readAsset } from '../platform/assets.ts';

let loading: Promise<SqlJsStatic> | null = null;

/** SQLite compiled to WebAssembly, loaded on first use: what a command without a state need not pay for. */
export function loadSqlJs(): Promise<SqlJsStatic> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SqlJsStatic> {
  const { default: initSqlJs } = await import('sql.js');
  const wasm = readAsset('node_modules/sql.js/dist/sql-wasm.wasm');
  return initSqlJs({ wasmBinary: new Uint8Array(wasm).buffer });
}
