import { notUnderstood, type Origin } from './answers.ts';
import type { HttpAnswer } from './http.ts';

/** Nothing was asked to be packed on the way; stored as it comes, it would not be the file that it is named for. */
export function refuseEncoded({ body, headers }: HttpAnswer, origin: Origin): void {
  const encoding = headers['content-encoding'] ?? '';
  // `none` is no encoding, but what some servers say for one that they have switched off.
  if (/^(identity|none)?$/i.test(encoding)) return;
  body.discard();
  throw notUnderstood(`a body in Content-Encoding ${encoding}, which was not asked for`, origin);
}
