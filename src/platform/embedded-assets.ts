/**
 * The assets that the build puts into the bundle, in base64, by their path in the project; each behind a function,
 * so that an asset costs nothing until it is read. Undefined when the sources run as they are: the build replaces
 * this module.
 */
export const embeddedAssets: ReadonlyMap<string, () => string> | undefined = undefined;
