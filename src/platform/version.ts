import manifest from '../../package.json' with { type: 'json' };

/** The version of this program, such as `0.1.0`: package.json's, which the build takes into the bundle. */
export const version: string = manifest.version;
