import { IcError } from '../platform/errors.ts';
import { answeredWithError, type Origin, shapeOf, unexpectedBody, unexpectedStatus } from './answers.ts';
import type { DownloadedFile, DownloadOptions } from './appliance.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { Call } from './call.ts';
import { refuseEncoded } from './content-encoding.ts';
import { type AcceptedFile, download, downloadPatience } from './download.ts';
import { backup } from './formats/formats.ts';
import { type HttpAnswer, readBytes, readText } from './http.ts';
import { peek } from './peek.ts';
import { plainBytes } from './plain-bytes.ts';
import type { SiteClient } from './site-client.ts';
import { errorTextOf, readXml } from './xml-document.ts';

/** A text of up to so many bytes is a refusal; the format of a backup itself is the vendor's own, and it is larger. */
const mostOfAText = 65_536;

/** As `Appliance.downloadBackup`. */
export function downloadBackup(
  client: SiteClient,
  bandwidth: Bandwidth,
  file: string,
  options: DownloadOptions,
): Promise<DownloadedFile> {
  const origin = client.about('the backup');
  const call = toCall(client, origin);
  const source = {
    what: origin.what,
    ask: (headers: Readonly<Record<string, string>>) => client.call({ ...call, headers }, options.signal),
    accept: (answer: HttpAnswer) => acceptBackup(answer, origin),
  };
  return download(client, bandwidth, source, file, options);
}

/** Without a password a plain GET; with one a JSON body, or the form field of older versions. */
function toCall({ site, origin: base }: SiteClient, { what }: Origin): Call {
  const { backupPassword, backupPasswordField, backupPath } = site;
  const call = { what, url: new URL(backupPath, base), patience: downloadPatience };
  if (backupPassword === null) return call;
  if (backupPasswordField !== null) {
    return { ...call, form: new URLSearchParams({ [backupPasswordField]: backupPassword }) };
  }
  if (site.credentials.type === 'api-account') return { ...call, json: { password: backupPassword } };
  throw new IcError(
    'configuration',
    `Site ${site.name}: backup_password cannot go as JSON with a user account.`,
    {
      hint: 'Set backup_password_field to the name of the form field that the appliance expects.',
    },
  );
}

async function acceptBackup(answer: HttpAnswer, origin: Origin): Promise<AcceptedFile> {
  if (answer.status !== 200) {
    throw unexpectedStatus(answer.status, await readText(answer.body), answer.headers.location, origin);
  }
  const { head, isWhole, bytes } = await peek(answer.body, mostOfAText);
  const shape = shapeOf(plainBytes(head));
  const isBackup = (shape === 'binary' && !isHollow(head)) || (shape === 'text' && !isWhole);
  if (!isBackup) {
    throw inPlaceOfBackup(plainBytes(await readBytes(bytes, mostOfAText)).toString(), origin);
  }
  refuseEncoded(answer, origin);
  return { format: backup, bytes };
}

function isHollow(head: Buffer): boolean {
  return head.every((byte) => byte === 0);
}

function inPlaceOfBackup(text: string, origin: Origin): IcError {
  const document = shapeOf(Buffer.from(text)) === 'xml' ? readXml(text) : null;
  const error = document === null ? null : errorTextOf(document);
  return error === null ? unexpectedBody(text, origin) : answeredWithError(error, origin);
}
