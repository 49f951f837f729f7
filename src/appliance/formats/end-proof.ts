/**
 * What the format of a file says of its end, once no more bytes will come:
 * - `proven`: the last byte was the last of a whole file; no part of one at its beginning looks like that.
 * - `open`: the format proves nothing. The file may be whole all the same: writers are odd, and recorders crash.
 * - `problem`: bytes that the file itself announces are certainly missing; how, in words that follow `is`.
 */
export type End = 'proven' | 'open' | { readonly problem: string };

/** Follows a file as its bytes go by, wherever the chunks are cut, and holds no more of it than a little. */
export interface EndProof {
  /** A promise only when the caller should wait. */
  add(chunk: Uint8Array): Promise<void> | undefined;
  /** To be called once. */
  end(): End | Promise<End>;
}
