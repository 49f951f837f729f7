import { setFlagsFromString } from 'node:v8';
import type { SqlJsStatic } from 'sql.js';
import { readAsset } from '../platform/assets.ts';

/**
 * How much a function of SQLite runs before V8 compiles it a second time, with optimisation. V8's own figure counts
 * the bytes of code passed by, so that SQLite's interpreter, one loop of 35 kB, reaches it after a few hundred steps:
 * two background threads then work for 100 ms, as long as the whole of a pull that finds nothing new.
 */
const tieringBudget = { patient: 1_000_000_000, ofV8: 13_000_000 };

/** What the types of Node leave out of the global `WebAssembly`. */
interface Compiler {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

const { WebAssembly: compiler } = globalThis as unknown as { readonly WebAssembly: Compiler };

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
  try {
    return await initSqlJs({ instantiateWasm: instantiator(wasm) });
  } finally {
    // A module keeps the budget that it was made with. V8 refuses its cache of Node's own modules under other flags.
    setTieringBudget(tieringBudget.ofV8);
  }
}

function setTieringBudget(budget: number): void {
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
}

/**
 * Compiles at once, on the thread that asks: nothing keeps Node alive while V8 compiles in the background, and a program
 * that only waits for that would end.
 */
function instantiator(wasm: Uint8Array): EmscriptenModule['instantiateWasm'] {
  return (imports, succeed) => {
    const instance = new compiler.Instance(new compiler.Module(wasm), imports);
    succeed(instance);
    return instance.exports;
  };
}
