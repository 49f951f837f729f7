/** What a build holds of the assets, by their path in the project. */
export interface EmbeddedAssets {
  names(): readonly string[];
  /** The bytes of one that is among the names; they are not to be written to. */
  read(name: string): Buffer;
}

/** Undefined when the sources run as they are: the build replaces this module. */
export const embeddedAssets: EmbeddedAssets | undefined = undefined;
