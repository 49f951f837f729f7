import { type Element, textOf } from '../sessions/element.ts';
import { RecordReader } from '../sessions/record-reader.ts';

/** A small document, read whole: answers of the command API, and `<error>` in place of something else. */
export interface XmlDocument {
  readonly root: Element;
  readonly children: readonly Element[];
}

/** Null for anything that is not well-formed XML. */
export function readXml(bytes: Uint8Array): XmlDocument | null {
  let root: Element | null = null;
  const children: Element[] = [];
  const reader = new RecordReader({
    root: (element) => {
      root = element;
    },
    record: (element) => children.push(element),
    end: () => {},
  });
  try {
    reader.write(bytes);
    reader.end();
  } catch {
    return null;
  }
  return root === null ? null : { root, children };
}

/** The text of an `<error>`, as the root or directly below it; null when there is none. */
export function errorTextOf({ root, children }: XmlDocument): string | null {
  const error = root.name === 'error' ? root : children.find((element) => element.name === 'error');
  return error === undefined ? null : (textOf(error) ?? '');
}
