import { setFlagsFromString } from 'node:v8';
import type { SqlJsStatic } from 'sql.js';
import { readAsset } from '../platform/assets.ts';

/**
 * How much a function of SQLite runs before V8 compiles it a second time, with optimisation. V8's own figure counts
 * the bytes of code passed by, so that SQLite's interpreter, one loop of 35 kB, reaches it after a few hundred steps:
 * two background threads then work for 100 ms, as long as the whole of a pull that finds nothing new.
 */
const tieringBudget = { patient: 1_000_000_000, ofV8: 13_000_000 };

/**
 * Whether V8 compiles a function of SQLite when it is first called, as it does by itself. Each of these compilations
 * stops the program to make memory executable and take it back: together they take three times as long as compiling
 * all of SQLite at once, beside what the program does.
 */
const lazily = { never: '--no-wasm-lazy-compilation', asV8Likes: '--wasm-lazy-compilation' };

let loading: Promise<SqlJsStatic> | null = null;

/** SQLite compiled to WebAssembly, loaded on first use: what a command without a state need not pay for. */
export function loadSqlJs(): Promise<SqlJsStatic> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SqlJsStatic> {
  const { default: initSqlJs } = await import('sql.js');
  const wasm = readAsset('node_modules/sql.js/dist/sql-wasm.wasm');
  setTieringBudget(tieringBudget.patient);
  setFlagsFromString(lazily.never);
  try {
    return await initSqlJs({ wasmBinary: new Uint8Array(wasm).buffer });
  } finally {
    // A module keeps what it was made with. V8 refuses its cache of Node's own modules under other flags.
    setTieringBudget(tieringBudget.ofV8);
    setFlagsFromString(lazily.asV8Likes);
  }
}

function setTieringBudget(budget: number): void {
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
}
