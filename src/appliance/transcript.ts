import { isKnownText, jsonMessage, shapeOf } from './answers.ts';
import type { Peeked } from './peek.ts';

/** How far into a text the page may begin that some program put a warning before. */
const mostBeforePage = 4096;

/**
 * Whether what came for a shell recording, unpacked, is the text of a shell. Errors come as text as well: those of the
 * appliance's own in a line, those of its API as JSON, and those of servers and proxies as pages.
 */
export function isTranscript(
  { head, isWhole }: Pick<Peeked, 'head' | 'isWhole'>,
  contentType: string,
): boolean {
  const shape = shapeOf(head);
  if (shape !== 'text' && shape !== 'json') return false;
  const text = head.toString().trim();
  // Many servers say that any text is a page, so that alone proves nothing.
  if (/html|xml|json/i.test(contentType) && !hasPrompt(text)) return false;
  if (isPage(text)) return false;
  return !(isWhole && (isJsonError(text) || isKnownText(text)));
}

/** Text goes before a page when what makes it gives a warning. Behind a prompt, somebody had the shell show the page. */
function isPage(text: string): boolean {
  const start = text.slice(0, mostBeforePage);
  const page = start.search(/<(!doctype\s+)?html\b/i);
  return page >= 0 && !hasPrompt(start.slice(0, page));
}

/** `$ `, `root@host:~# `, `C:\>`, `host ~ % ` and the like, but neither `->` nor the `>` of a tag. */
function hasPrompt(text: string): boolean {
  return /^(?:[^<\n]*(?:~ |[^-=\s<\n]))?(?:[$#%](?=\s|\x1b)|>)|[❯➜λ]/m.test(text);
}

function isJsonError(text: string): boolean {
  if (jsonMessage(text) !== null) return true;
  if (!text.startsWith('{')) return false;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return 'error' in value || 'errors' in value;
  } catch {
    return false;
  }
}
