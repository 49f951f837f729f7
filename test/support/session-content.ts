import { SaxesParser } from 'saxes';
import { renderSession } from '../appliance/render-session.ts';
import type { SessionSpec } from '../appliance/spec.ts';
import { durationText } from '../appliance/time-text.ts';

/** One element: its name without a prefix, its attributes, its children in an order of their own, and its text. */
interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

/** What a session says, as one text: equal texts mean equal content. */
export type Content = string;

/** As a file should hold the session, from what the appliance knows. */
export function fileContent(session: SessionSpec): Content {
  const [only] = fileContents(renderSession(session, '', () => 'https://link'));
  if (only === undefined) throw new Error(`${session.lsid} was not rendered`);
  return only.content;
}

/** The sessions that a document holds; throws when it is not whole. */
export function fileContents(xml: string): readonly { readonly lsid: string; readonly content: Content }[] {
  const root = parse(xml);
  const sessions = root.name === 'session' ? [root] : root.children.filter(({ name }) => name === 'session');
  return sessions.map((node) => ({ lsid: node.attributes.lsid ?? '', content: textOf(node) }));
}

/** Links are signed anew in each report, and the order of elements says nothing. */
function textOf({ name, attributes, children, text }: Node): string {
  const kept = Object.entries(attributes).filter(
    ([key]) => !key.startsWith('xmlns') && !key.endsWith('_url'),
  );
  const elements = children.filter((child) => !child.name.endsWith('_url')).map(textOf);
  return JSON.stringify([name, kept.toSorted(), elements.toSorted(), text.trim()]);
}

function parse(xml: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser({ xmlns: false });
  parser.on('opentag', ({ name, attributes }) => {
    const node: Node = { name: name.replace(/^.*:/, ''), attributes, children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  const addText = (text: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('a document without an element');
  return root;
}

/** As the rows of a database should say it, from what the appliance knows. */
export function rowContent(session: SessionSpec): Content {
  return JSON.stringify({
    session: {
      type: session.type,
      start: instant(session.startTime),
      end: instant(session.endTime),
      duration: session.endTime === null ? null : durationText(session.endTime - session.startTime),
      files: Number(session.fileTransferCount),
      key: session.externalKey || null,
      lseq: Number(session.lseq),
    },
    customers: (session.customers ?? []).map(({ hostname, username, info }) => ({
      name: info === null ? username : info.name,
      company: info === null ? null : info.company,
      hostname,
    })),
    representatives: (session.representatives ?? []).map(({ username, secondsInvolved }) => ({
      username,
      seconds: Number(secondsInvolved),
    })),
    attributes: (session.customAttributes ?? []).map(({ codeName, value }) => ({ codeName, value })),
    events: session.events.map(({ type, time, body }) => ({ type, time: instant(time), body })),
  });
}

export function instant(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
