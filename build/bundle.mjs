import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../scripts/runtime.mjs';
import { PROGRAM, START } from './parts.mjs';

/** What sql.js is compiled to; it lies beside its JavaScript, so the bundle must hold it as an asset. */
const SQL_WASM = 'node_modules/sql.js/dist/sql-wasm.wasm';

/** CommonJS has no `import.meta`, which packages that are ES modules use all the same. */
const IMPORT_META = {
  'import.meta.url': '__importMetaUrl',
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
};

const PREAMBLE = `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

/** What the program does not need at each start is left out or loaded late. */
const lighter = [leaveOutHttp2(), loadStringWidthLate()];

/**
 * Bundles the program, its packages and its assets into one CommonJS file. Dynamic imports stay lazy: what they name is
 * in the file, and runs when it is first asked for.
 * @param {string} outputFile
 * @returns {Promise<string[]>} the files that went in, by their paths in the project
 */
export async function bundle(outputFile) {
  return write({
    entryPoints: ['src/main.ts'],
    outfile: outputFile,
    banner: { js: PREAMBLE },
    plugins: [embedAssets(assetsInside()), ...lighter],
  });
}

/**
 * Bundles the program for an executable, where its assets lie beside it.
 * @param {string} folder for what parts.mjs names
 */
export async function bundleParts(folder) {
  await write({
    entryPoints: ['src/commands/run.ts'],
    outfile: join(folder, PROGRAM),
    banner: {
      js: `(function (exports, require, __filename, __dirname) { const module = { exports };${PREAMBLE}`,
    },
    footer: { js: 'Object.assign(exports, module.exports); })' },
    // A script that is compiled by hand has no `import()`.
    supported: { 'dynamic-import': false },
    plugins: [embedAssets(assetsBeside), ...lighter],
  });
  await write({ entryPoints: ['src/main.ts'], outfile: join(folder, START), plugins: [loadProgram()] });
}

/** @param {import('esbuild').BuildOptions} options */
async function write(options) {
  // Not imported at the top, because it may have to be installed first.
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: projectRoot,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.22',
    define: IMPORT_META,
    // Names are kept, so that a stack trace in a report of a defect can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
    metafile: true,
    write: false,
  });
  for (const { path, text } of result.outputFiles) writeFileSync(path, inAscii(text));
  return Object.keys(result.metafile.inputs);
}

/** @returns {import('esbuild').Plugin} */
function loadProgram() {
  return {
    name: 'load-program',
    setup(build) {
      build.onResolve({ filter: /^\.\/commands\/run\.ts$/ }, () => ({
        path: join(projectRoot, 'build/program.mjs'),
      }));
    },
  };
}

/**
 * esbuild leaves regular expressions as they are. One character beyond ASCII makes V8 keep the whole text in two bytes
 * for each, which costs every start 3 ms.
 * @param {string} code
 */
function inAscii(code) {
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Fills src/platform/embedded-assets.ts.
 * @param {string} contents
 * @returns {import('esbuild').Plugin}
 */
function embedAssets(contents) {
  return {
    name: 'embed-assets',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]embedded-assets\.ts$/ }, () => ({ contents }));
    },
  };
}

/** Each behind a function, so that it is not decoded until it is read. */
function assetsInside() {
  const entries = assetNames().map((name) => {
    const encoded = readFileSync(join(projectRoot, name), 'base64');
    return `[${JSON.stringify(name)}, () => '${encoded}']`;
  });
  return `
    const encoded = new Map([${entries.join(',\n')}]);
    export const embeddedAssets = {
      names: () => [...encoded.keys()],
      read: (name) => Buffer.from(encoded.get(name)(), 'base64'),
    };`;
}

const assetsBeside = `
  import { getAssetKeys, getRawAsset } from 'node:sea';
  export const embeddedAssets = { names: getAssetKeys, read: (name) => Buffer.from(getRawAsset(name)) };`;

/** Every file under src/ that is not TypeScript, in one order on every platform, and what packages need. */
export function assetNames() {
  const files = readdirSync(join(projectRoot, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1));
  return [...files.map((file) => file.replaceAll('\\', '/')), SQL_WASM].sort();
}

/**
 * undici loads HTTP/2 in case it is asked for, which costs 12 ms of every pull; the appliance speaks HTTP/1.1. undici
 * is made for a Node without it, and goes on when loading it throws.
 * @returns {import('esbuild').Plugin}
 */
function leaveOutHttp2() {
  return {
    name: 'leave-out-http2',
    setup(build) {
      build.onResolve({ filter: /^node:http2$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
        contents: `throw new Error('${path} is not in the bundle.');`,
      }));
    },
  };
}

/**
 * What measures text for the help makes a segmenter and the pattern of all emoji as it loads, which costs every command
 * 20 ms; in the bundle it loads when a help is shown.
 * @returns {import('esbuild').Plugin}
 */
function loadStringWidthLate() {
  const namespace = 'late';
  return {
    name: 'load-string-width-late',
    setup(build) {
      build.onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) => {
        if (kind !== 'import-statement') return null;
        // Several packages have a version of their own.
        const importer = resolveDir.split(/[\\/]node_modules[\\/]/).at(-1);
        return { path: `string-width for ${importer}`, namespace, pluginData: resolveDir };
      });
      build.onLoad({ filter: /.*/, namespace }, ({ pluginData }) => ({
        contents: `export default (...parameters) => require('string-width').default(...parameters);`,
        resolveDir: pluginData,
      }));
    },
  };
}
