import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../scripts/runtime.mjs';

/** What sql.js is compiled to; it lies beside its JavaScript, so the bundle must hold it as an asset. */
const SQL_WASM = 'node_modules/sql.js/dist/sql-wasm.wasm';

/** CommonJS has no `import.meta`, which packages that are ES modules use all the same. */
const IMPORT_META = {
  'import.meta.url': '__importMetaUrl',
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
};

const PREAMBLE = `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

/**
 * Bundles the program and its packages into one CommonJS file. Dynamic imports stay lazy: what they name is in the file,
 * and runs when it is first asked for.
 * @param {string} outputFile
 * @param {'inside' | 'beside'} assets inside the file; or beside it in a single executable, where they cost nothing to
 *   skip
 * @returns {Promise<string[]>} the files that went in, by their paths in the project
 */
export async function bundle(outputFile, assets) {
  // Not imported at the top, because it may have to be installed first.
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: projectRoot,
    entryPoints: ['src/main.ts'],
    outfile: outputFile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.22',
    define: IMPORT_META,
    banner: { js: PREAMBLE },
    plugins: [embedAssets(assets), leaveOutHttp2(), loadStringWidthLate()],
    // Names are kept, so that a stack trace in a report of a defect can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
  for (const { path, text } of result.outputFiles) writeFileSync(path, inAscii(text));
  return Object.keys(result.metafile.inputs);
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
 * @param {'inside' | 'beside'} assets
 * @returns {import('esbuild').Plugin}
 */
function embedAssets(assets) {
  return {
    name: 'embed-assets',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]embedded-assets\.ts$/ }, () => ({
        contents: assets === 'inside' ? assetsInside() : assetsBeside,
      }));
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
