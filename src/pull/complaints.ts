/** So many of one sort are reported one by one; the rest are counted. */
const toldOneByOne = 10;

/** What a run has to say of many items in the same words: an appliance can send any number of them. */
export class Complaints {
  readonly #counts = new Map<string, number>();

  /** Calls `report` for the first of a sort. `sort` completes "N more …" at the end. */
  add(sort: string, report: () => void): void {
    const count = (this.#counts.get(sort) ?? 0) + 1;
    this.#counts.set(sort, count);
    if (count <= toldOneByOne) report();
  }

  /** How many more of each sort there were, in a sentence each. */
  rest(): readonly string[] {
    return [...this.#counts]
      .filter(([, count]) => count > toldOneByOne)
      .map(([sort, count]) => `${count - toldOneByOne} more ${sort}`);
  }
}
