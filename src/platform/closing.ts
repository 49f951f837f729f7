/** For `await using`: closes what was opened, however the block is left. */
export function closing(opened: { close(): void | Promise<void> }): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await opened.close();
    },
  };
}
