import { forbiddenClass } from './bytes.ts';

/** What XML forbids and a reader of evidence must survive. As bits of a set. */
export const defect = {
  control: 1,
  reference: 2,
  entity: 4,
  sectionEnd: 8,
  lessThan: 16,
} as const;

const words: readonly (readonly [bit: number, text: string])[] = [
  [defect.control, 'a control character that XML forbids'],
  [defect.reference, 'a reference to a character that XML forbids'],
  [defect.entity, 'an undefined entity'],
  [defect.sectionEnd, 'an unescaped "]]>"'],
  [defect.lessThan, 'an unescaped "<" in an attribute'],
];

/** The defects that were found since they were last asked for. */
export class Defects {
  #found = 0;

  add(bit: number): void {
    this.#found |= bit;
  }

  /** Looks at bytes that nothing else looks at: comments, CDATA sections and the like. */
  look(bytes: Buffer, from: number, to: number): void {
    let isForbidden = 0;
    for (let at = from; at < to; at += 1) isForbidden |= forbiddenClass[bytes[at] as number] as number;
    if (isForbidden !== 0) this.add(defect.control);
  }

  /** In words, without the data. */
  take(): string[] {
    const found = this.#found;
    this.#found = 0;
    return found === 0 ? [] : words.filter(([bit]) => (found & bit) !== 0).map(([, text]) => text);
  }
}
